// Package icudata keeps ICU's data compressed in builds with the tag packedicu, as the
// container image's is: 4.6 MB in place of 10.5. V8's Intl needs it: locales, time
// zones, calendars, collation, text segmentation. Without the tag the package is empty,
// and libv8's own copy, which the system maps in pages as they are used, is linked.
//
// The data is unpacked when ICU first opens a part of it, so a node whose functions
// never use Intl never pays: about a tenth of a second of CPU time once, which is on the
// account of the first call that uses Intl, and 10.5 MB of memory from then on.
//
// The linker must hand ICU's calls over, with --wrap=udata_open_74 and
// --wrap=udata_openChoice_74, and find icudt74.gz here, which `make image` takes out of
// libv8; where ICU has another version, or one of these is missing, linking fails.
package icudata
