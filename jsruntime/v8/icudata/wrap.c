//go:build packedicu && !rogchap

#include <pthread.h>
#include <stdint.h>

#include "_cgo_export.h"

// ICU's data as it is linked: a valid table of no entries. That the symbol is defined
// here keeps the linker from taking libv8's own.
struct empty {
  uint16_t header_size;
  uint8_t magic1, magic2;
  uint16_t info_size, reserved;
  uint8_t big_endian, charset, uchar_size, reserved2;
  uint8_t format[4], format_version[4], data_version[4];
  uint8_t pad[8];
  uint32_t entries[4];
};

__attribute__((aligned(16))) const struct empty icudt74_dat = {
    .header_size = 32,
    .magic1 = 0xda,
    .magic2 = 0x27,
    .info_size = 20,
    .uchar_size = 2,
    .format = {'C', 'm', 'n', 'D'},
    .format_version = {1},
    .data_version = {3},
};

extern void udata_setCommonData_74(const void *data, int32_t *error);

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void load(void) {
  int32_t error = 0;
  udata_setCommonData_74(isolaneUnpackICU(), &error);
}

// ICU's two ways to open a part of its data, with the data unpacked before.

extern void *__real_udata_open_74(const char *, const char *, const char *, int32_t *);
extern void *__real_udata_openChoice_74(const char *, const char *, const char *, void *, void *, int32_t *);

void *__wrap_udata_open_74(const char *path, const char *type, const char *name, int32_t *error) {
  pthread_once(&once, load);
  return __real_udata_open_74(path, type, name, error);
}

void *__wrap_udata_openChoice_74(const char *path, const char *type, const char *name, void *accepts, void *context,
                                 int32_t *error) {
  pthread_once(&once, load);
  return __real_udata_openChoice_74(path, type, name, accepts, context, error);
}
