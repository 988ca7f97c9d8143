//go:build !rogchap

// One entry into JavaScript in one crossing from Go: the binding would take one for each
// string, for the call, for its result and for each release, and lock the isolate each
// time.

#include <cstdlib>

#include "native.h"
#include "v8_api.h"

namespace {

// The words of the control block that are read here; see engine.go.
constexpr int word_out = 0;
constexpr int word_entry = 10;
constexpr int word_rejected = 12;
constexpr int entry_next = 5;

// rest is the size of the text's memory that is kept between entries.
constexpr int64_t rest = 64 << 10;

constexpr int replace_invalid_utf8 = 2;

template <class T>
v8::Local<T> local(void* slot) {
  v8::Local<T> handle;
  handle.slot = slot;
  return handle;
}

class Entered {
 public:
  explicit Entered(isolane_port* port)
      : isolate_(static_cast<v8::Isolate*>(port->isolate)),
        context_(static_cast<v8::Context*>(static_cast<m_ctx*>(port->context)->ptr)),
        locker_(isolate_),
        inside_(isolate_),
        handles_(isolate_),
        caught_(isolate_),
        port_(port) {
    context_->Enter();
    port->size = -1;
    port->failed = 0;
    if (port->capacity > rest) {
      free(port->text);
      port->text = nullptr;
      port->capacity = 0;
    }
  }

  ~Entered() { context_->Exit(); }

  // call calls the entry, and again for the oldest record where it returned none.
  bool call(int argc, v8::Local<v8::Value>* argv) {
    auto* function = static_cast<v8::Function*>(static_cast<m_value*>(port_->function)->ptr);
    auto receiver = local<v8::Value>(static_cast<m_value*>(port_->undefined)->ptr);
    for (;;) {
      v8::MaybeLocal<v8::Value> result = function->Call(isolate_, context(), receiver, argc, argv);
      if (result.slot == nullptr) return fail();
      if (static_cast<v8::Value*>(result.slot)->FullIsString()) return take(static_cast<v8::String*>(result.slot));
      const int32_t* words = port_->words;
      if ((words[word_out] == 0 && words[word_rejected] == 0) || words[word_entry] == entry_next) return true;
      port_->words[word_entry] = entry_next;
      argc = 0;
    }
  }

  bool fail() {
    RtnError error = ExceptionError(caught_, isolate_, context());
    port_->message = error.msg;
    port_->location = error.location;
    port_->stack = error.stack;
    port_->failed = 1;
    return false;
  }

  bool string(const char* data, int64_t size, v8::Local<v8::Value>* out) {
    v8::MaybeLocal<v8::String> made =
        v8::String::NewFromUtf8(isolate_, data, v8::NewStringType::kNormal, static_cast<int>(size));
    if (made.slot == nullptr) return fail();
    out->slot = made.slot;
    return true;
  }

  v8::Local<v8::Context> context() const { return local<v8::Context>(context_); }

 private:
  struct Inside {
    explicit Inside(v8::Isolate* isolate) : isolate(isolate) { isolate->Enter(); }
    ~Inside() { isolate->Exit(); }
    v8::Isolate* isolate;
  };

  bool take(const v8::String* text) {
    int64_t size = text->Utf8LengthV2(isolate_);
    if (size > port_->capacity) {
      free(port_->text);
      port_->capacity = size < 256 ? 256 : size;
      port_->text = static_cast<char*>(malloc(port_->capacity));
      if (port_->text == nullptr) abort(); // as Go does
    }
    port_->size = text->WriteUtf8V2(isolate_, port_->text, size, replace_invalid_utf8, nullptr);
    return true;
  }

  v8::Isolate* isolate_;
  v8::Context* context_;
  v8::Locker locker_;
  Inside inside_;
  v8::HandleScope handles_;
  v8::TryCatch caught_;
  isolane_port* port_;
};

}  // namespace

extern "C" void isolane_enter(isolane_port* port, const char* a, int64_t a_size, const char* b, int64_t b_size) {
  Entered entered(port);
  v8::Local<v8::Value> argv[2] = {local<v8::Value>(static_cast<m_value*>(port->undefined)->ptr), {}};
  int argc = b != nullptr ? 2 : a != nullptr ? 1 : 0;
  if (a != nullptr && !entered.string(a, a_size, &argv[0])) return;
  if (b != nullptr && !entered.string(b, b_size, &argv[1])) return;
  entered.call(argc, argv);
}

extern "C" void isolane_load(isolane_port* port, void* script) {
  Entered entered(port);
  auto* unbound = static_cast<v8::UnboundScript*>(static_cast<m_unboundScript*>(script)->ptr);
  auto* bound = static_cast<v8::Script*>(unbound->BindToCurrentContext().slot);
  v8::MaybeLocal<v8::Value> result = bound->Run(entered.context());
  if (result.slot == nullptr) {
    entered.fail();
    return;
  }
  auto value = local<v8::Value>(result.slot);
  entered.call(1, &value);
}

extern "C" void isolane_close_port(isolane_port* port) {
  free(port->text);
  free(port);
}
