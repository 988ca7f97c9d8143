//go:build !rogchap

// What V8 tells in the middle of JavaScript, and the host's script answers: a promise that
// was rejected and has no handler, one that got a handler later, and import().

#include "native.h"
#include "v8_api.h"

namespace {

// What core.js is told; it has the same numbers. The first two are V8's own.
enum event { rejected = 0, handled = 1, import = 2 };

// tell calls the hook of the realm that runs. It has no value where there is no such, or
// where the hook threw.
v8::MaybeLocal<v8::Value> tell(v8::Isolate* isolate, int event, v8::Local<v8::Value> a, v8::Local<v8::Value> b) {
  isolane_account* account = isolane_account_of(isolate);
  if (account == nullptr || account->owner == nullptr || account->owner->hook == nullptr) return {nullptr};
  void* hook = account->owner->hook;
  v8::Local<v8::Value> arguments[] = {{v8::Integer::New(isolate, event).slot}, a, b};
  return static_cast<v8::Function*>(hook)->Call(isolate, {account->owner->context}, {hook}, 3, arguments);
}

void promise_rejected(v8::PromiseRejectMessage message) {
  if (message.event != rejected && message.event != handled) return;
  v8::Isolate* isolate = v8::Isolate::TryGetCurrent();
  v8::TryCatch nothing(isolate);
  // A promise that got a handler has no value here: the promise stands for it.
  void* value = message.value.slot == nullptr ? message.promise.slot : message.value.slot;
  tell(isolate, message.event, {message.promise.slot}, {value});
}

// imported is import(): the hook's answer is a promise. What the hook throws, as for want
// of stack, is pending for V8 to pass on.
v8::MaybeLocal<v8::Promise> imported(v8::Local<v8::Context>, v8::Local<v8::Data>, v8::Local<v8::Value> from,
                                     v8::Local<v8::String> specifier, v8::Local<v8::FixedArray>) {
  return {tell(v8::Isolate::TryGetCurrent(), import, {specifier.slot}, from).slot};
}

constexpr char flow[] = "isolane:flow";

}  // namespace

extern "C" void isolane_offer_flow(void* in, void* of) {
  auto* isolate = static_cast<v8::Isolate*>(in);
  v8::Locker locker(isolate);
  isolate->Enter();
  {
    v8::HandleScope scope(isolate);
    v8::Local<v8::Context> local{static_cast<m_ctx*>(of)->ptr};
    auto* context = static_cast<v8::Context*>(local.slot);
    context->Enter();
    void* key = v8::String::NewFromUtf8(isolate, flow, v8::NewStringType::kNormal, sizeof flow - 1).slot;
    static_cast<v8::Object*>(context->Global().slot)->Set(local, {key}, {context->GetExtrasBindingObject().slot});
    context->Exit();
  }
  isolate->Exit();
}

extern "C" void isolane_install_hooks(void* isolate) {
  static_cast<v8::Isolate*>(isolate)->SetPromiseRejectCallback(promise_rejected);
  static_cast<v8::Isolate*>(isolate)->SetHostImportModuleDynamicallyCallback(imported);
}
