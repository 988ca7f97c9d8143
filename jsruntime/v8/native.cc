//go:build !rogchap

// An isolate's account of the memory outside its heap, kept by the allocator of its
// buffers: V8's own limit does not count them.

#include "native.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <unordered_map>

#include "v8_api.h"

namespace {

template <class T>
std::atomic_ref<T> shared(T& word) {
  return std::atomic_ref<T>(word);
}

// attempts is how often V8 asks for the same buffer, collecting garbage in between,
// before it gives up.
constexpr int attempts = 4;

// header is room before each buffer for the owner's address. It keeps the alignment.
constexpr size_t header = 16;

void release_account(isolane_account* account);

void drop(isolane_owner* owner) {
  if (shared(owner->refs).fetch_sub(1) != 1) return;
  release_account(owner->account);
  delete owner;
}

// Account is an allocator that delegates to the binding's, which knows V8's sandbox.
// V8 frees buffers on other threads too.
class Account : public isolane_account, public v8::ArrayBuffer::Allocator {
 public:
  Account(int64_t limit, uintptr_t host) : isolane_account{} {
    this->limit = limit;
    this->host = host;
  }

  void* Allocate(size_t length) override { return take(length, true); }
  void* AllocateUninitialized(size_t length) override { return take(length, false); }

  void Free(void* data, size_t length) override {
    char* start = static_cast<char*>(data) - header;
    isolane_owner* owner = *reinterpret_cast<isolane_owner**>(start);
    inner()->Free(start, length + header);
    if (owner != nullptr) {
      shared(owner->bytes).fetch_sub(length);
      drop(owner);
    }
    shared(live).fetch_sub(length);
    release();
  }

  size_t MaxAllocationSize() const override { return inner()->MaxAllocationSize() - header; }
  v8::PageAllocator* GetPageAllocator() override { return inner()->GetPageAllocator(); }

  void keep() { refs.fetch_add(1); }

  void release() {
    if (refs.fetch_sub(1) == 1) delete this;
  }

  v8::Isolate* isolate = nullptr;

 private:
  static v8::ArrayBuffer::Allocator* inner() { return real; }

  void* take(size_t length, bool zero) {
    if (shared(live).load() + static_cast<int64_t>(length) > limit) return deny(length);
    void* start = zero ? inner()->Allocate(length + header) : inner()->AllocateUninitialized(length + header);
    if (start == nullptr) return deny(length);
    shared(denials).store(0);
    *static_cast<isolane_owner**>(start) = owner;
    if (owner != nullptr) {
      shared(owner->refs).fetch_add(1);
      shared(owner->bytes).fetch_add(length);
    }
    shared(live).fetch_add(length);
    refs.fetch_add(1);
    return static_cast<char*>(start) + header;
  }

  void* deny(size_t length) {
    shared(asked).store(length);
    if (shared(denials).fetch_add(1) + 1 >= attempts && isolate != nullptr) {
      shared(exhausted).store(1);
      isolate->TerminateExecution();
    }
    return nullptr;
  }

  std::atomic<int64_t> refs{1};

 public:
  static v8::ArrayBuffer::Allocator* real;
  static std::mutex opening;
};

void release_account(isolane_account* account) { static_cast<Account*>(account)->release(); }

// alive are the isolates that have an account.
std::mutex alive_mutex;
std::unordered_map<void*, Account*> alive;

v8::ArrayBuffer::Allocator* Account::real = nullptr;
std::mutex Account::opening;

// ask_again is after how many looks that were not taken another one is asked for.
constexpr int ask_again = 8;

void look(v8::Isolate* isolate, void* data) {
  auto* account = static_cast<Account*>(data);
  shared(account->pending).store(0);
  isolane_tell_icu(account, isolate);
  int64_t external = IsolationGetHeapStatistics(isolate).external_memory + shared(account->icu).load();
  if (external > 2 * account->limit) {
    shared(account->asked).store(0);
    shared(account->exhausted).store(1);
    isolate->TerminateExecution();
  }
}

// slack is what a heap that has run full may grow by until its JavaScript is
// terminated. One allocation can be as large as the largest string, and V8 aborts the
// process for one that does not fit.
constexpr size_t slack = size_t{3} << 30;

size_t heap_is_full(void* data, size_t current, size_t initial) {
  auto* account = static_cast<Account*>(data);
  account->isolate->TerminateExecution();
  shared(account->held).store(std::max<int64_t>(account->held, current));
  return current < initial + slack ? initial + slack : current * 2;
}

}  // namespace

extern "C" {

isolane_account* isolane_open_account(int64_t limit, uintptr_t host) {
  // The binding gives each isolate the allocator that this variable names.
  Account::opening.lock();
  if (Account::real == nullptr) Account::real = default_allocator;
  auto* account = new Account(limit, host);
  default_allocator = account;
  return account;
}

void isolane_close_opening(isolane_account* account, void* isolate) {
  static_cast<Account*>(account)->isolate = static_cast<v8::Isolate*>(isolate);
  default_allocator = Account::real;
  Account::opening.unlock();
  // V8 asks the last one that was added: this one, not the binding's.
  static_cast<v8::Isolate*>(isolate)->AddNearHeapLimitCallback(heap_is_full, static_cast<Account*>(account));
  // Nobody could wake a thread that waits.
  static_cast<v8::Isolate*>(isolate)->SetAllowAtomicsWait(false);
  isolane_install_hooks(isolate);
  isolane_survive_fatal(isolate);
  std::lock_guard<std::mutex> lock(alive_mutex);
  alive[isolate] = static_cast<Account*>(account);
}

isolane_account* isolane_account_of(void* isolate) {
  std::lock_guard<std::mutex> lock(alive_mutex);
  auto found = alive.find(isolate);
  return found == alive.end() ? nullptr : found->second;
}

void isolane_retire(void* isolate) {
  {
    std::lock_guard<std::mutex> lock(alive_mutex);
    alive.erase(isolate);
  }
  v8::platform::NotifyIsolateShutdown(default_platform.get(), static_cast<v8::Isolate*>(isolate));
}

void isolane_close_account(isolane_account* account) {
  auto* a = static_cast<Account*>(account);
  a->isolate = nullptr;
  a->release();
}

isolane_owner* isolane_new_owner(isolane_account* account) {
  static_cast<Account*>(account)->keep();
  return new isolane_owner{0, 1, account, nullptr, nullptr};
}

void isolane_free_owner(isolane_owner* owner) { drop(owner); }

void isolane_look(isolane_account* account, void* isolate) {
  // V8 loses an interrupt that is asked for while no thread holds the isolate.
  if (shared(account->pending).fetch_add(1) % ask_again != 0) return;
  static_cast<v8::Isolate*>(isolate)->RequestInterrupt(look, static_cast<Account*>(account));
}

int64_t isolane_external(void* isolate) {
  return static_cast<v8::Isolate*>(isolate)->AdjustAmountOfExternalAllocatedMemory(0);
}

void isolane_low_memory(void* isolate) { static_cast<v8::Isolate*>(isolate)->LowMemoryNotification(); }

}  // extern "C"
