//go:build !rogchap

// V8 ends the process where an allocation cannot be had, or a built-in asks for a list
// that is longer than any can be: it has no way back from there. The other isolates have,
// and nothing of theirs is touched. So the thread stops for good instead, inside the
// isolate, which is never entered again, and whoever waits for the turn is told that it
// does not end. Whatever else V8 calls fatal may be broken memory, and ends the process.

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstring>

#include "native.h"
#include "v8_api.h"

namespace {

constexpr char invalid_size[] = "Fatal JavaScript invalid size error";
constexpr char invalid_table[] = "invalid table size";

// stop does not return where the thread runs JavaScript in an isolate of ours. Where the heap
// is whole, since what was asked for was too long and not too much, garbage is given back
// first: what is left stays until the process ends. Whoever waits is told before that.
void stop(bool whole) {
  static thread_local bool collecting = false;
  v8::Isolate* isolate = v8::Isolate::TryGetCurrent();
  isolane_account* account = isolane_account_of(isolate);
  if (account == nullptr) return;
  std::atomic_ref<int64_t> held(account->held);
  held.store(std::max<int64_t>(held.load(), IsolationGetHeapStatistics(isolate).used_heap_size));
  std::atomic_ref<int32_t>(account->lost).store(1);
  if (whole && !collecting) {
    collecting = true;
    isolate->LowMemoryNotification();
  }
  for (;;) pause();
}

void out_of_memory(const char* where, const v8::OOMDetails&) { stop(where != nullptr && strcmp(where, invalid_table) == 0); }

void fatal(const char*, int, const char* message) {
  if (strncmp(message, invalid_size, sizeof invalid_size - 1) == 0) stop(true);
}

}  // namespace

extern "C" void isolane_survive_fatal(void* isolate) {
  static_cast<v8::Isolate*>(isolate)->SetOOMErrorHandler(out_of_memory);
  v8::base::SetFatalFunction(fatal);
}
