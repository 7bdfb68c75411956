#ifndef C_SYSTEM_CALLS_H
#define C_SYSTEM_CALLS_H

/// Swaps two names in one step, each relative to a directory that is open. Returns 0, or the error number.
///
/// Linux's system call is made directly: the C library's function is missing from Swift's import of it and from old
/// libraries, and looking it up by name fails in a static executable.
int apr_exchange_names(int first_directory, const char *first, int second_directory, const char *second);

/// Has the system begin to write a file's changed pages to disk, without waiting for it: a hint that may do nothing.
void apr_begin_writing_out(int descriptor);

#endif
