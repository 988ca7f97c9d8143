//go:build !rogchap

// Contexts that begin as the snapshot's, and the function by which their JavaScript asks
// Go. The binding has neither: it makes contexts from the first of a snapshot, with a
// template, which costs as much as a tenth of one; and it finds the caller of a function
// in the context that the function was made in, so that each context would need its own.

#include <mutex>

#include "native.h"
#include "v8_api.h"

// isolaneCalled is Go's.
extern "C" void isolaneCalled(uintptr_t host, void* call, char* op, int64_t op_size, char* text, int64_t text_size);

namespace {

using Info = v8::FunctionCallbackInfo<v8::Value>;

constexpr int replace_invalid_utf8 = 2;

// Text is the UTF-8 of a string of JavaScript's.
class Text {
 public:
  Text(v8::Isolate* isolate, v8::Local<v8::Value> value) {
    auto* string = static_cast<v8::String*>(value.slot);
    if (!string->FullIsString()) return;
    size_t size = string->Utf8LengthV2(isolate);
    if (size > sizeof small_) data_ = large_ = new char[size];
    size_ = string->WriteUtf8V2(isolate, data_, size, replace_invalid_utf8, nullptr);
  }
  ~Text() { delete[] large_; }
  Text(const Text&) = delete;
  Text& operator=(const Text&) = delete;

  char* data() { return data_; }
  int64_t size() const { return size_; }

 private:
  char small_[256];
  char* large_ = nullptr;
  char* data_ = small_;
  int64_t size_ = 0;
};

// called runs in whatever realm is entered: it is the one that the account names, or
// nobody's turn.
void called(const Info& info) {
  v8::Isolate* isolate = info.isolate();
  isolane_account* account = isolane_account_of(isolate);
  if (account == nullptr || account->owner == nullptr || account->owner->context == nullptr || info.length() != 2) return;
  v8::HandleScope scope(isolate);
  auto* entered = static_cast<uintptr_t*>(isolate->GetEnteredOrMicrotaskContext().slot);
  if (entered == nullptr || *entered != *static_cast<uintptr_t*>(account->owner->context)) return;
  Text op(isolate, info.argument(0)), text(isolate, info.argument(1));
  isolaneCalled(account->host, const_cast<Info*>(&info), op.data(), op.size(), text.data(), text.size());
}

}  // namespace

namespace {

// hold is a context of the binding's for the one in slot, or null where there is none.
m_ctx* hold(v8::Isolate* isolate, void* slot) {
  if (slot == nullptr) return nullptr;
  auto* context = new m_ctx{};
  context->iso = isolate;
  auto* inner = reinterpret_cast<v8::internal::Isolate*>(isolate);
  context->ptr = v8::api_internal::GlobalizeReference(inner, *static_cast<uintptr_t*>(slot));
  return context;
}

}  // namespace

extern "C" void* isolane_new_context(void* in, int plain) {
  auto* isolate = static_cast<v8::Isolate*>(in);
  v8::Locker locker(isolate);
  isolate->Enter();
  m_ctx* context = nullptr;
  {
    v8::HandleScope scope(isolate);
    void* made = plain != 0 ? v8::Context::FromSnapshot(isolate, 0, {}, nullptr, {nullptr}, nullptr, {}, {}).slot
                            : v8::Context::New(isolate, nullptr, {nullptr}, {nullptr}, {}, nullptr, {}, {}).slot;
    context = hold(isolate, made);
  }
  isolate->Exit();
  return context;
}

extern "C" void* isolane_first_context(void* in, void* undefined) {
  auto* isolate = static_cast<v8::Isolate*>(in);
  v8::Locker locker(isolate);
  isolate->Enter();
  m_ctx* context = hold(isolate, static_cast<m_value*>(undefined)->ctx->ptr);
  isolate->Exit();
  return context;
}

extern "C" void* isolane_new_call(void* in, void* of) {
  auto* isolate = static_cast<v8::Isolate*>(in);
  auto* context = static_cast<m_ctx*>(of);
  v8::Locker locker(isolate);
  isolate->Enter();
  m_value* value = nullptr;
  {
    v8::HandleScope scope(isolate);
    static_cast<v8::Context*>(context->ptr)->Enter();
    v8::MaybeLocal<v8::Function> made =
        v8::Function::New({context->ptr}, called, {}, 2, v8::ConstructorBehavior::kThrow, v8::SideEffectType::kHasSideEffect);
    if (made.slot != nullptr) {
      value = new m_value{};
      value->iso = isolate;
      value->ctx = context;
      auto* inner = reinterpret_cast<v8::internal::Isolate*>(isolate);
      value->ptr = v8::api_internal::GlobalizeReference(inner, *static_cast<uintptr_t*>(made.slot));
      value->id = ++context->nextValId;
      context->vals[value->id] = value; // which frees it
    }
    static_cast<v8::Context*>(context->ptr)->Exit();
  }
  isolate->Exit();
  return value;
}

extern "C" void isolane_answer_text(void* call, const char* text, int64_t size) {
  auto* info = static_cast<const Info*>(call);
  v8::MaybeLocal<v8::String> made =
      v8::String::NewFromUtf8(info->isolate(), text, v8::NewStringType::kNormal, static_cast<int>(size));
  if (made.slot != nullptr) info->result(made.slot);
}

extern "C" void isolane_answer_value(void* call, void* value) {
  static_cast<const Info*>(call)->result(static_cast<m_value*>(value)->ptr);
}
