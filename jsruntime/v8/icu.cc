//go:build !rogchap

// What Intl objects hold is outside the heap, in memory of ICU's, and V8 counts none of
// it: a formatter of a hundred bytes of heap has tens of kilobytes there. ICU lets its
// host allocate, so that it is charged as buffers are, to whoever's code ran. V8 is told
// now and then, at moments when it may collect garbage.

#include <atomic>
#include <cstdlib>
#include <cstring>

#include "native.h"
#include "v8_api.h"

extern "C" void u_setMemoryFunctions_74(const void* context, void* (*allocate)(const void*, size_t),
                                        void* (*reallocate)(const void*, void*, size_t),
                                        void (*release)(const void*, void*), int* error);

namespace {

// Header stands before each piece of memory and keeps its alignment.
struct alignas(16) Header {
  isolane_owner* owner;
  size_t size;
};

void charge(Header* h, isolane_owner* owner, size_t size) {
  h->owner = owner;
  h->size = size;
  if (owner == nullptr) return;
  std::atomic_ref<int64_t>(owner->refs).fetch_add(1);
  std::atomic_ref<int64_t>(owner->bytes).fetch_add(size);
  std::atomic_ref<int64_t>(owner->account->icu).fetch_add(size);
}

void discharge(Header* h) {
  if (h->owner == nullptr) return;
  std::atomic_ref<int64_t>(h->owner->bytes).fetch_sub(h->size);
  std::atomic_ref<int64_t>(h->owner->account->icu).fetch_sub(h->size);
  isolane_free_owner(h->owner);
}

// running is the owner whose code runs on this thread, or null.
isolane_owner* running() {
  v8::Isolate* isolate = v8::Isolate::TryGetCurrent();
  if (isolate == nullptr) return nullptr;
  isolane_account* account = isolane_account_of(isolate);
  return account == nullptr ? nullptr : account->owner;
}

// large is the size from which memory is refused where there would be too much: a text that
// is normalized has hundreds of megabytes at once, before anybody looks. ICU bears that;
// what is smaller is seen at the next look.
constexpr size_t large = 16 << 20;

// refused reports whether owner may not have size, and ends its JavaScript then.
bool refused(isolane_owner* owner, size_t size) {
  if (owner == nullptr || size < large) return false;
  isolane_account* account = owner->account;
  if (std::atomic_ref<int64_t>(account->icu).load() + static_cast<int64_t>(size) <= 2 * account->limit) return false;
  std::atomic_ref<int64_t>(account->asked).store(size);
  std::atomic_ref<int32_t>(account->exhausted).store(1);
  v8::Isolate::TryGetCurrent()->TerminateExecution();
  return true;
}

void* allocate(const void*, size_t size) {
  isolane_owner* owner = running();
  if (refused(owner, size)) return nullptr;
  auto* h = static_cast<Header*>(malloc(sizeof(Header) + size));
  if (h == nullptr) return nullptr;
  charge(h, owner, size);
  return h + 1;
}

void release(const void*, void* memory) {
  if (memory == nullptr) return;
  Header* h = static_cast<Header*>(memory) - 1;
  discharge(h);
  free(h);
}

void* reallocate(const void* context, void* memory, size_t size) {
  if (memory == nullptr) return allocate(context, size);
  Header* old = static_cast<Header*>(memory) - 1;
  void* now = allocate(context, size);
  if (now == nullptr) return nullptr;
  memcpy(now, memory, old->size < size ? old->size : size);
  release(context, memory);
  return now;
}

}  // namespace

extern "C" {

void isolane_count_icu(void) {
  int error = 0;
  u_setMemoryFunctions_74(nullptr, allocate, reallocate, release, &error);
}

void isolane_tell_icu(isolane_account* account, void* in) {
  std::atomic_ref<int64_t> icu(account->icu);
  int64_t change = icu.load() - account->icu_told;
  if (change == 0) return;
  account->icu_told += change;
  static_cast<v8::Isolate*>(in)->AdjustAmountOfExternalAllocatedMemory(change);
}

void isolane_sync_icu(isolane_account* account, void* in) {
  auto* isolate = static_cast<v8::Isolate*>(in);
  v8::Locker locker(isolate);
  isolate->Enter();
  {
    v8::HandleScope scope(isolate);
    isolane_tell_icu(account, isolate);
  }
  isolate->Exit();
}

}  // extern "C"
