#ifndef C_SYSTEM_CALLS_H
#define C_SYSTEM_CALLS_H

/// Swaps two names in one step, each relative to a directory that is open. Returns 0, or the error number.
///
/// Linux's system call is made directly: the C library's function is missing from Swift's import of it and from old
/// libraries, and looking it up by name fails in a static executable.
int apr_exchange_names(int first_directory, const char *first, int second_directory, const char *second);

/// Has the system begin to write a file's changed pages to disk, without waiting for it: a hint that may do nothing.
void apr_begin_writing_out(int descriptor);

/// The program's arguments as the C library got them; none where it does not hand them on.
///
/// Swift's own list is read from /proc, and is empty where that is not mounted.
int apr_argument_count(void);
char **apr_arguments(void);

/// What a trap says before it ends the program. The texts must live as long as the program.
typedef struct {
    /// When no more memory can be had; and the exit status.
    const char *memory;
    int memory_status;
    /// Memory counts as used up when so many bytes cannot be had.
    unsigned long room;
    /// When no more files can be opened; and the exit status.
    const char *descriptors;
    int descriptors_status;
    /// When a mapped file has lost the page that was read.
    const char *lost_file;
    /// In all other cases.
    const char *trap;
} apr_last_words;

/// Handles traps: prints one of the texts, and nothing of the program's memory, as Swift's own handler would.
void apr_set_last_words(const apr_last_words *given);

/// Raise a limit of this process as far as is allowed; return it, or the largest number where there is none.
unsigned long long apr_raise_descriptor_limit(unsigned long long wanted);
unsigned long long apr_raise_stack_limit(unsigned long long wanted);

/// Whether a signal is ignored, or has its default effect.
int apr_ignores_signal(int number);
int apr_has_default_signal(int number);

/// Whether so many bytes of address space are left, where it is limited.
int apr_has_address_space(unsigned long long wanted);

#endif
