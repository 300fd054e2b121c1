/*
 * libjpeg-turbo without anything around it: decodes files to RGB in one buffer, with the settings that Pillow decodes with
 * (slow integer DCT, fancy upsampling). Speaks the protocol of harness/work_process.ts; its tasks are "decode" and, for an
 * upper bound whose pixels are others, "decode_fast".
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include <jpeglib.h>

#define TEXT_OF(x) #x
#define TEXT(x) TEXT_OF(x)

static unsigned char *pixels;
static size_t pixelBytes;

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

static double cpu(void) {
  struct rusage u;
  getrusage(RUSAGE_SELF, &u);
  return u.ru_utime.tv_sec + u.ru_utime.tv_usec / 1e6 + u.ru_stime.tv_sec + u.ru_stime.tv_usec / 1e6;
}

static void decode(struct jpeg_decompress_struct *d, unsigned char *file, unsigned long size, int fast) {
  jpeg_mem_src(d, file, size);
  jpeg_read_header(d, TRUE);
  if (d->num_components == 3 || d->num_components == 1) d->out_color_space = JCS_RGB;
  if (fast) {
    d->dct_method = JDCT_IFAST;
    d->do_fancy_upsampling = FALSE;
  }
  jpeg_start_decompress(d);
  size_t stride = (size_t)d->output_width * d->output_components;
  if (stride * d->output_height > pixelBytes) {
    pixelBytes = stride * d->output_height;
    pixels = realloc(pixels, pixelBytes);
  }
  while (d->output_scanline < d->output_height) {
    JSAMPROW rows[8];
    unsigned from = d->output_scanline;
    for (int i = 0; i < 8; i++) rows[i] = pixels + stride * (from + i < d->output_height ? from + i : from);
    unsigned left = d->output_height - from;
    jpeg_read_scanlines(d, rows, left < 8 ? left : 8);
  }
  jpeg_finish_decompress(d);
}

int main(void) {
  char *line = NULL, *rest;
  size_t capacity = 0;
  if (getline(&line, &capacity, stdin) < 0) return 1;
  int count = (int)strtol(line, &rest, 10);
  unsigned char **files = malloc((count + 1) * sizeof *files);
  unsigned long *sizes = malloc((count + 1) * sizeof *sizes);
  double *items = malloc((count + 1) * sizeof *items);
  for (int i = 0; i < count; i++) sizes[i] = strtoul(rest, &rest, 10);
  for (int i = 0; i < count; i++) {
    files[i] = malloc(sizes[i]);
    if (fread(files[i], 1, sizes[i], stdin) != sizes[i]) return 1;
  }
  if (getline(&line, &capacity, stdin) < 0) return 1;

  struct jpeg_decompress_struct d;
  struct jpeg_error_mgr errors;
  d.err = jpeg_std_error(&errors);
  jpeg_create_decompress(&d);
#ifdef LIBJPEG_TURBO_VERSION
  printf("{\"libjpegTurbo\":\"%s\"}\n", TEXT(LIBJPEG_TURBO_VERSION));
#else
  printf("{\"libjpeg\":\"%s\"}\n", TEXT(JPEG_LIB_VERSION));
#endif
  fflush(stdout);

  while (getline(&line, &capacity, stdin) > 0) {
    char task[32];
    int first, some, times;
    if (sscanf(line, "%31s %d %d %d", task, &first, &some, &times) != 4 || first < 0 || first + some > count) return 1;
    int fast = strcmp(task, "decode_fast") == 0;
    double begun = now(), last = begun, before = cpu();
    for (int i = 0; i < some; i++) {
      for (int n = 0; n < times; n++) decode(&d, files[first + i], sizes[first + i], fast);
      double t = now();
      items[i] = t - last;
      last = t;
    }
    printf("{\"wallSeconds\":%.9f,\"cpuSeconds\":%.6f,\"itemSeconds\":[", last - begun, cpu() - before);
    for (int i = 0; i < some; i++) printf(i ? ",%.9f" : "%.9f", items[i]);
    printf("]}\n");
    fflush(stdout);
  }
  return 0;
}
