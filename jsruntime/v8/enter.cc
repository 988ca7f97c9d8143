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
constexpr int entry_hook = 7;

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
        context_(static_cast<v8::Context*>(port->context)),
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
    auto* function = static_cast<v8::Function*>(port_->function);
    for (;;) {
      v8::MaybeLocal<v8::Value> result = function->Call(isolate_, context(), undefined(), argc, argv);
      if (result.slot == nullptr) return fail();
      if (static_cast<v8::Value*>(result.slot)->FullIsString()) return take(static_cast<v8::String*>(result.slot));
      const int32_t* words = port_->words;
      if ((words[word_out] == 0 && words[word_rejected] == 0) || words[word_entry] == entry_next) return true;
      port_->words[word_entry] = entry_next;
      argc = 0;
    }
  }

  // keep returns what f, called with arguments, returned, which is a function, as one
  // that the port keeps; null where it failed.
  void* keep(void* f, int n, int argc, v8::Local<v8::Value>* argv) {
    v8::MaybeLocal<v8::Value> result = static_cast<v8::Function*>(f)->Call(isolate_, context(), undefined(), argc, argv);
    if (result.slot == nullptr) {
      fail();
      return nullptr;
    }
    auto* inner = reinterpret_cast<v8::internal::Isolate*>(isolate_);
    return port_->kept[n] = v8::api_internal::GlobalizeReference(inner, *static_cast<uintptr_t*>(result.slot));
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
  v8::Local<v8::Value> undefined() const { return local<v8::Value>(port_->undefined); }

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
  v8::Local<v8::Value> argv[2] = {entered.undefined(), {}};
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

extern "C" isolane_port* isolane_open_port(void* isolate, void* context, void* undefined, int32_t* words) {
  auto* port = static_cast<isolane_port*>(calloc(1, sizeof(isolane_port)));
  if (port == nullptr) abort(); // as Go does
  port->isolate = isolate;
  port->context = static_cast<m_ctx*>(context)->ptr;
  port->undefined = static_cast<m_value*>(undefined)->ptr;
  port->words = words;
  return port;
}

extern "C" void isolane_use(isolane_port* port, isolane_owner* owner, void* function, void* hook) {
  port->function = static_cast<m_value*>(function)->ptr;
  owner->context = port->context;
  owner->hook = static_cast<m_value*>(hook)->ptr;
}

extern "C" void isolane_boot(isolane_port* port, isolane_owner* owner, void* call, void* control, void* transfer, const char* config,
                             int64_t size) {
  Entered entered(port);
  owner->context = port->context;
  void* boot = static_cast<v8::Context*>(port->context)->GetDataFromSnapshotOnce(0);
  v8::Local<v8::Value> argv[4] = {
      {static_cast<m_value*>(call)->ptr}, {static_cast<m_value*>(control)->ptr}, {static_cast<m_value*>(transfer)->ptr}, {}};
  if (!entered.string(config, size, &argv[3])) return;
  if ((port->function = entered.keep(boot, 0, 4, argv)) == nullptr) return;
  port->words[word_entry] = entry_hook;
  owner->hook = entered.keep(port->function, 1, 0, nullptr);
}

extern "C" void isolane_close_port(isolane_port* port) {
  for (void* slot : port->kept) {
    if (slot != nullptr) v8::api_internal::DisposeGlobal(static_cast<uintptr_t*>(slot));
  }
  free(port->text);
  free(port);
}
