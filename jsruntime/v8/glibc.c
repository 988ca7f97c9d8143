// What differs between C libraries.
//
// The V8 library that the binding ships was built against glibc 2.38, whose headers
// rename these functions. Weak forwarders let it link on older systems (Debian 12);
// where glibc has the real ones, those win.
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#define WEAK __attribute__((weak))

WEAK long __isoc23_strtol(const char *s, char **end, int base) {
  return strtol(s, end, base);
}

WEAK long long __isoc23_strtoll(const char *s, char **end, int base) {
  return strtoll(s, end, base);
}

WEAK unsigned long __isoc23_strtoul(const char *s, char **end, int base) {
  return strtoul(s, end, base);
}

WEAK unsigned long long __isoc23_strtoull(const char *s, char **end, int base) {
  return strtoull(s, end, base);
}

WEAK int __isoc23_sscanf(const char *s, const char *format, ...) {
  va_list args;
  va_start(args, format);
  int n = vsscanf(s, format, args);
  va_end(args);
  return n;
}

WEAK int __isoc23_fscanf(FILE *stream, const char *format, ...) {
  va_list args;
  va_start(args, format);
  int n = vfscanf(stream, format, args);
  va_end(args);
  return n;
}

// isolane_trim gives memory that is free back to the system, of every arena, also what
// lies between pieces in use. It takes some milliseconds.
void isolane_trim(void) {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}
