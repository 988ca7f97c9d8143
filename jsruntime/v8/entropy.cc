//go:build !rogchap

// Where V8 has its random numbers from. Of its own accord it opens /dev/urandom for each
// generator of an isolate and reads a buffer of it for eight bytes, which is a twentieth of
// what an isolate costs.

#ifdef __linux__

#include <sys/random.h>

#include <cerrno>
#include <cstring>
#include <mutex>

#include "native.h"
#include "v8_api.h"

namespace {

// draw fills out with size random bytes of the kernel's, or returns false.
bool draw(unsigned char* out, size_t size) {
  while (size > 0) {
    ssize_t n = getrandom(out, size, 0);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    out += n;
    size -= static_cast<size_t>(n);
  }
  return true;
}

// fill is called by V8, from any thread. A byte is given out once.
bool fill(unsigned char* out, size_t size) {
  static std::mutex mutex;
  static unsigned char pool[256];
  static size_t left = 0;
  if (size > sizeof pool) return draw(out, size);
  std::lock_guard<std::mutex> lock(mutex);
  if (left < size) {
    if (!draw(pool, sizeof pool)) return false;
    left = sizeof pool;
  }
  left -= size;
  memcpy(out, pool + left, size);
  memset(pool + left, 0, size);
  return true;
}

}  // namespace

extern "C" void isolane_set_entropy(void) { v8::V8::SetEntropySource(fill); }

#else

extern "C" void isolane_set_entropy(void) {}

#endif
