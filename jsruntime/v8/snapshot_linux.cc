//go:build !rogchap

// A snapshot of a context in which the host's script has run, so that each realm begins
// with it instead of running it. V8 makes every isolate of a process from one snapshot,
// since they share its read-only part, and takes the one that is linked in: hence it is
// made in a child process, which V8 has never run in before, and put in the place of the
// other before the first isolate. The context that the binding makes for each isolate is
// as V8 has it; ours is the first of those beside it.

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

#include "native.h"
#include "v8_api.h"

namespace {

// patience bounds the making of the snapshot, in milliseconds; it takes about 30.
constexpr int patience = 20000;

bool write_all(int fd, const char* data, size_t size) {
  while (size > 0) {
    ssize_t n = write(fd, data, size);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    data += n;
    size -= n;
  }
  return true;
}

// child makes the snapshot and writes "+" and the blob, or "-" and an error.
void child(int fd, const char* flags, const char* origin, char** sources, int count) {
  SetFlags(flags);
  Init();
  v8::SnapshotCreator creator(nullptr, nullptr);
  m_ctx* plain = NewContext(creator.GetIsolate(), nullptr, 0);
  creator.AddContext({plain->ptr}, {}, {}, {});
  ContextFree(plain);
  m_ctx* context = NewContext(creator.GetIsolate(), nullptr, 0);
  isolane_offer_flow(creator.GetIsolate(), context);
  RtnValue result = {};
  for (int i = 0; i < count; i++) {
    result = RunScript(context, sources[i], origin);
    if (result.value == nullptr) {
      std::string why = std::string("-") + result.error.msg + " at " + result.error.location;
      write_all(fd, why.data(), why.size());
      _exit(1);
    }
  }
  // The default one: the binding makes a context with each isolate, for itself, which the
  // only realm of an isolate takes.
  creator.SetDefaultContext({context->ptr}, {}, {}, {});
  creator.AddData({context->ptr}, *static_cast<uintptr_t*>(result.value->ptr));
  ContextFree(context);
  v8::StartupData blob = creator.CreateBlob(v8::SnapshotCreator::FunctionCodeHandling::kKeep);
  if (blob.data == nullptr || !write_all(fd, "+", 1) || !write_all(fd, blob.data, blob.raw_size)) _exit(1);
  _exit(0);
}

}  // namespace

extern "C" isolane_blob isolane_snapshot(const char* flags, const char* origin, char** sources, int count, char** error) {
  if (default_allocator != nullptr) {
    *error = strdup("V8 has run in this process already");
    return {nullptr, 0};
  }
  int fds[2];
  if (pipe(fds) != 0) {
    *error = strdup(strerror(errno));
    return {nullptr, 0};
  }
  pid_t pid = fork();
  if (pid == 0) {
    close(fds[0]);
    child(fds[1], flags, origin, sources, count);
  }
  close(fds[1]);
  std::string all;
  char buffer[65536];
  while (pid > 0) {
    struct pollfd ready = {fds[0], POLLIN, 0};
    int n = poll(&ready, 1, patience);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) {
      kill(pid, SIGKILL);
      break;
    }
    ssize_t got = read(fds[0], buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    all.append(buffer, got);
  }
  close(fds[0]);
  int status = -1;
  while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (status != 0 || all.size() < 2 || all[0] != '+') {
    *error = strdup(all.size() > 1 && all[0] == '-' ? all.c_str() + 1 : "the process that makes it failed");
    return {nullptr, 0};
  }
  // V8 reads it for as long as the process lives.
  char* data = static_cast<char*>(malloc(all.size() - 1));
  memcpy(data, all.data() + 1, all.size() - 1);
  return {data, static_cast<int>(all.size() - 1)};
}

extern "C" int isolane_use_snapshot(isolane_blob made) {
  auto* blob = const_cast<v8::StartupData*>(v8::internal::Snapshot::DefaultSnapshotBlob());
  uintptr_t page = sysconf(_SC_PAGESIZE);
  uintptr_t from = reinterpret_cast<uintptr_t>(blob) & ~(page - 1);
  uintptr_t to = (reinterpret_cast<uintptr_t>(blob + 1) + page - 1) & ~(page - 1);
  if (mprotect(reinterpret_cast<void*>(from), to - from, PROT_READ | PROT_WRITE) != 0) return errno;
  blob->data = made.data;
  blob->raw_size = made.size;
  mprotect(reinterpret_cast<void*>(from), to - from, PROT_READ);
  return 0;
}
