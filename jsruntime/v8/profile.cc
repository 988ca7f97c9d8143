//go:build !rogchap

// CPU profiles. V8's own sampler signals the thread that began the profile, and finds nothing
// there once a goroutine has moved to another one. So V8 is given no interval to sample at;
// who wants a sample asks for an interrupt, and the thread that runs JavaScript takes one of
// itself, wherever it is by then.

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <new>

#include "native.h"
#include "v8_api.h"

namespace {

// never is how long V8 is told to wait between samples of its own, in microseconds.
constexpr int never = 2000000000;

// ask_again is after how many samples that were asked for and not taken one is asked for
// anew: V8 loses an interrupt where no thread holds the isolate.
constexpr int ask_again = 4;

struct Profile {
  v8::Isolate* isolate;
  v8::CpuProfiler* profiler;
};

class Inside {
 public:
  explicit Inside(v8::Isolate* isolate) : isolate_(isolate), locker_(isolate) { isolate->Enter(); }
  ~Inside() { isolate_->Exit(); }

 private:
  v8::Isolate* isolate_;
  v8::Locker locker_;
};

v8::Local<v8::String> title(v8::Isolate* isolate) {
  return {v8::String::NewFromUtf8(isolate, "", v8::NewStringType::kNormal, 0).slot};
}

// Text takes the JSON, up to a bound.
class Text : public v8::OutputStream {
 public:
  explicit Text(size_t most) : most_(most) {}
  void EndOfStream() override { whole_ = true; }
  int GetChunkSize() override { return 64 << 10; }
  WriteResult WriteAsciiChunk(char* data, int size) override {
    if (size_ + size > most_) return kAbort;
    if (size_ + size > capacity_) {
      size_t wanted = 2 * (size_ + size);
      auto* grown = static_cast<char*>(realloc(data_, wanted));
      if (grown == nullptr) return kAbort;
      data_ = grown;
      capacity_ = wanted;
    }
    memcpy(data_ + size_, data, size);
    size_ += size;
    return kContinue;
  }

  // take returns what was written, to be freed; null where it is not whole.
  char* take(int64_t* size) {
    if (!whole_) {
      free(data_);
      return nullptr;
    }
    *size = static_cast<int64_t>(size_);
    return data_;
  }

 private:
  size_t most_;
  size_t size_ = 0;
  size_t capacity_ = 0;
  char* data_ = nullptr;
  bool whole_ = false;
};

// sampled runs on the thread that runs JavaScript. The account outlives the isolate.
void sampled(v8::Isolate* isolate, void* data) {
  std::atomic_ref<int32_t>(static_cast<isolane_account*>(data)->samples).store(0);
  v8::CpuProfiler::CollectSample(isolate, std::nullopt);
}

}  // namespace

extern "C" void* isolane_profile(void* in, uint32_t most) {
  auto* isolate = static_cast<v8::Isolate*>(in);
  Inside inside(isolate);
  v8::HandleScope scope(isolate);
  v8::Local<v8::String> name = title(isolate);
  if (name.slot == nullptr) return nullptr;
  auto* profiler = v8::CpuProfiler::New(isolate, v8::kDebugNaming, v8::kLazyLogging);
  profiler->SetSamplingInterval(never);
  // Code that was optimized before does not know what was inlined into it, such as the only
  // function of an isolate into the host's script: it is made anew, with that.
  v8::CpuProfiler::UseDetailedSourcePositionsForProfiling(isolate);
  v8::internal::Deoptimizer::DeoptimizeAll(reinterpret_cast<v8::internal::Isolate*>(isolate));
  if (profiler->StartProfiling(name, v8::kLeafNodeLineNumbers, true, most) != v8::CpuProfilingStatus::kStarted) {
    profiler->Dispose();
    return nullptr;
  }
  return new Profile{isolate, profiler};
}

extern "C" void isolane_sample(isolane_account* account, void* in) {
  auto* isolate = static_cast<v8::Isolate*>(in);
  if (!isolate->IsInUse()) return; // it waits: there is nothing to see
  if (std::atomic_ref<int32_t>(account->samples).fetch_add(1) % ask_again != 0) return;
  isolate->RequestInterrupt(sampled, account);
}

extern "C" char* isolane_end_profile(void* of, int64_t most, int64_t* size) {
  auto* profile = static_cast<Profile*>(of);
  char* text = nullptr;
  {
    Inside inside(profile->isolate);
    v8::HandleScope scope(profile->isolate);
    v8::Local<v8::String> name = title(profile->isolate);
    v8::CpuProfile* taken = name.slot == nullptr ? nullptr : profile->profiler->StopProfiling(name);
    if (taken != nullptr) {
      Text out(static_cast<size_t>(most));
      if (most > 0) taken->Serialize(&out, v8::CpuProfile::kJSON);
      text = out.take(size);
      taken->Delete();
    }
    profile->profiler->Dispose();
  }
  delete profile;
  return text;
}
