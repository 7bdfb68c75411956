#ifndef C_ZLIB_H
#define C_ZLIB_H

// The system's zlib, which unpacks gzip.
#include <zlib.h>

#endif
