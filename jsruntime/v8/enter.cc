//go:build !rogchap

// One entry into JavaScript in one crossing from Go: the binding would take one for each
// string, for the call, for its result and for each release, and lock the isolate each
// time.

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <ctime>

#include "native.h"
#include "v8_api.h"

namespace {

// The words of the control block that are used here; see engine.go.
constexpr int word_out = 0;
constexpr int word_inv = 2;
constexpr int word_op = 3;
constexpr int word_kind = 4;
constexpr int word_flags = 5;
constexpr int word_bytes = 6;
constexpr int word_attempt = 8;
constexpr int word_entry = 10;
constexpr int word_rejected = 12;
constexpr int float_deadline = 8;
constexpr int entry_start = 2;
constexpr int entry_next = 5;
constexpr int entry_hook = 7;

// rest is the size of the text's memory that is kept between entries.
constexpr int64_t rest = 64 << 10;

// enough is the size of a volley's records after which no further invocation begins.
constexpr int64_t enough = 256 << 10;

// look_for_code is after how many entries code is looked for that was compiled meanwhile.
constexpr uint32_t look_for_code = 32;

constexpr int replace_invalid_utf8 = 2;

int64_t monotonic() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * int64_t{1000000000} + now.tv_nsec;
}

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
    if (port->out_capacity > enough) {
      free(port->out);
      port->out = nullptr;
      port->out_capacity = 0;
    }
    if (++port->entries % look_for_code == 0) install();
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

  // begin is one turn of a volley, with its records.
  bool begin(const isolane_start& start, const char* input, int32_t turn) {
    v8::HandleScope handles(isolate_);
    int32_t* words = port_->words;
    words[word_inv] = start.id;
    words[word_kind] = start.kind;
    words[word_attempt] = start.attempt;
    reinterpret_cast<double*>(words)[float_deadline] = start.deadline;
    words[word_entry] = entry_start;
    v8::Local<v8::Value> argv[2] = {undefined(), {}};
    if (start.text_size >= 0 && !string(input + start.text, start.text_size, &argv[0])) return false;
    if (!string(input + start.head, start.head_size, &argv[1])) return false;
    auto* function = static_cast<v8::Function*>(port_->function);
    for (int argc = 2;; argc = 0) {
      v8::MaybeLocal<v8::Value> result = function->Call(isolate_, context(), undefined(), argc, argv);
      if (result.slot == nullptr) return fail();
      bool is_record = static_cast<v8::Value*>(result.slot)->FullIsString();
      if (is_record) record(static_cast<v8::String*>(result.slot), turn);
      if (words[word_out] == 0 && words[word_rejected] == 0) return true;
      if (!is_record && words[word_entry] == entry_next) return true;
      words[word_entry] = entry_next;
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
  v8::Local<v8::Value> undefined() const { return local<v8::Value>(port_->undefined); }

 private:
  struct Inside {
    explicit Inside(v8::Isolate* isolate) : isolate(isolate) { isolate->Enter(); }
    ~Inside() { isolate->Exit(); }
    v8::Isolate* isolate;
  };

  // install has V8 install what its other threads have optimized. They ask for that by an
  // interrupt, and a v8::Locker forgets those: what is ready between two turns would never
  // run, and what is called in short turns stay in the interpreter.
  void install() {
    using v8::internal::StackGuard;
    StackGuard* guard = StackGuard::Of(reinterpret_cast<v8::internal::Isolate*>(isolate_));
    if (guard == nullptr) return;
    guard->RequestInterrupt(StackGuard::INSTALL_CODE);
    guard->RequestInterrupt(StackGuard::INSTALL_MAGLEV_CODE);
  }

  // record appends the record that the control block and the transfer buffer hold.
  void record(const v8::String* text, int32_t turn) {
    const int32_t* words = port_->words;
    int64_t text_size = text->Utf8LengthV2(isolate_);
    int64_t bytes_size = words[word_bytes];
    int64_t size = (sizeof(isolane_record) + text_size + (bytes_size > 0 ? bytes_size : 0) + 7) & ~int64_t{7};
    if (port_->out_size + size > port_->out_capacity) {
      port_->out_capacity = 2 * (port_->out_size + size);
      if (port_->out_capacity < 4096) port_->out_capacity = 4096;
      port_->out = static_cast<char*>(realloc(port_->out, port_->out_capacity));
      if (port_->out == nullptr) abort(); // as Go does
    }
    char* at = port_->out + port_->out_size;
    isolane_record head = {turn, words[word_kind], words[word_inv], words[word_op], words[word_flags], 0, 0, bytes_size};
    head.text_size = text->WriteUtf8V2(isolate_, at + sizeof head, text_size, replace_invalid_utf8, nullptr);
    memcpy(at, &head, sizeof head);
    if (bytes_size > 0) memcpy(at + sizeof head + head.text_size, *port_->transfer, bytes_size);
    port_->out_size += size;
  }

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

extern "C" int32_t isolane_begin_all(isolane_port* port, isolane_start* starts, int32_t count, const char* input, int32_t* next,
                                     int64_t pace, int64_t swelled) {
  Entered entered(port);
  port->out_size = 0;
  port->halt = 0;
  isolane_account* account = port->account;
  const int64_t start = monotonic();
  int64_t at = start;
  for (int32_t begun = 1;; begun++) {
    isolane_start& turn = starts[begun - 1];
    bool ended = entered.begin(turn, input, begun - 1);
    at = monotonic();
    turn.ended = at - start;
    if (!ended || begun == count || at - start >= pace || port->out_size > enough || port->halt != 0) return begun;
    int64_t held = std::atomic_ref<int64_t>(account->live).load() + std::atomic_ref<int64_t>(account->icu).load();
    if (held >= swelled || std::atomic_ref<int32_t>(account->denials).load() != 0 ||
        std::atomic_ref<int32_t>(account->exhausted).load() != 0) {
      return begun;
    }
    // Before next, by which others know that it has begun.
    std::atomic_ref<int64_t>(starts[begun].began).store(at - start, std::memory_order_relaxed);
    int32_t expected = begun;
    if (!std::atomic_ref<int32_t>(*next).compare_exchange_strong(expected, begun + 1)) return begun;
  }
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
  free(port->out);
  free(port);
}
