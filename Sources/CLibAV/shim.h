#include <dlfcn.h>
#include <errno.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/avutil.h>
#include <libavutil/mem.h>

/* libavformat drags some seventy libraries in: 24 MB resident and 35 ms of processor time at every start of a program
   that is linked to it. So it is not linked: it is loaded when the first file is read, and these are the doors to it,
   of the types that the headers give them. */
typedef struct {
    __typeof__(avformat_version) *version;
    __typeof__(avformat_alloc_context) *make_context;
    __typeof__(avformat_open_input) *open_input;
    __typeof__(avformat_close_input) *close_input;
    __typeof__(av_probe_input_buffer2) *probe;
    __typeof__(av_read_frame) *read_packet;
    __typeof__(av_seek_frame) *seek;
    __typeof__(avformat_index_get_entries_count) *index_count;
    __typeof__(avformat_index_get_entry) *index_entry;
    __typeof__(avio_alloc_context) *make_io;
    __typeof__(avio_context_free) *free_io;
    __typeof__(av_packet_alloc) *make_packet;
    __typeof__(av_packet_unref) *empty_packet;
    __typeof__(av_packet_free) *free_packet;
    __typeof__(avcodec_find_decoder) *find_decoder;
    __typeof__(avcodec_get_name) *codec_name;
    __typeof__(avcodec_profile_name) *profile_name;
    __typeof__(av_malloc) *allocate;
    __typeof__(av_strdup) *copy_text;
    __typeof__(av_freep) *free_pointer;
    __typeof__(av_strerror) *describe_error;
    __typeof__(av_max_alloc) *limit_allocation;
    __typeof__(av_log_set_level) *set_log_level;
} libav_doors;

#define LIBAV_FILE(name, release) "lib" name ".so." AV_STRINGIFY(release)
#define LIBAV_DOOR(library, field, name) ((doors->field = (__typeof__(doors->field))dlsym(library, #name)) != NULL)

/* Opens every door; 0 when a library of the release whose headers this was compiled with, or one of its functions, is
   not there. */
static inline int libav_load(libav_doors *doors) {
    void *format = dlopen(LIBAV_FILE("avformat", LIBAVFORMAT_VERSION_MAJOR), RTLD_NOW | RTLD_LOCAL);
    void *codec = dlopen(LIBAV_FILE("avcodec", LIBAVCODEC_VERSION_MAJOR), RTLD_NOW | RTLD_LOCAL);
    void *util = dlopen(LIBAV_FILE("avutil", LIBAVUTIL_VERSION_MAJOR), RTLD_NOW | RTLD_LOCAL);
    if (format == NULL || codec == NULL || util == NULL) return 0;
    return LIBAV_DOOR(format, version, avformat_version)
        && LIBAV_DOOR(format, make_context, avformat_alloc_context)
        && LIBAV_DOOR(format, open_input, avformat_open_input)
        && LIBAV_DOOR(format, close_input, avformat_close_input)
        && LIBAV_DOOR(format, probe, av_probe_input_buffer2)
        && LIBAV_DOOR(format, read_packet, av_read_frame)
        && LIBAV_DOOR(format, seek, av_seek_frame)
        && LIBAV_DOOR(format, index_count, avformat_index_get_entries_count)
        && LIBAV_DOOR(format, index_entry, avformat_index_get_entry)
        && LIBAV_DOOR(format, make_io, avio_alloc_context)
        && LIBAV_DOOR(format, free_io, avio_context_free)
        && LIBAV_DOOR(codec, make_packet, av_packet_alloc)
        && LIBAV_DOOR(codec, empty_packet, av_packet_unref)
        && LIBAV_DOOR(codec, free_packet, av_packet_free)
        && LIBAV_DOOR(codec, find_decoder, avcodec_find_decoder)
        && LIBAV_DOOR(codec, codec_name, avcodec_get_name)
        && LIBAV_DOOR(codec, profile_name, avcodec_profile_name)
        && LIBAV_DOOR(util, allocate, av_malloc)
        && LIBAV_DOOR(util, copy_text, av_strdup)
        && LIBAV_DOOR(util, free_pointer, av_freep)
        && LIBAV_DOOR(util, describe_error, av_strerror)
        && LIBAV_DOOR(util, limit_allocation, av_max_alloc)
        && LIBAV_DOOR(util, set_log_level, av_log_set_level);
}

/* Macros with casts, which Swift does not import. */

static inline int64_t libav_no_time(void) { return AV_NOPTS_VALUE; }
static inline int libav_end(void) { return AVERROR_EOF; }
static inline int libav_exit(void) { return AVERROR_EXIT; }
static inline int libav_invalid(void) { return AVERROR_INVALIDDATA; }
static inline int libav_refused(void) { return AVERROR(EPERM); }
static inline int libav_no_memory(void) { return AVERROR(ENOMEM); }
