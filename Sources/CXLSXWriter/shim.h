#include <xlsxwriter.h>

#include <stdlib.h>
#include <string.h>

/* libxlsxwriter 1.1.4 wants the name of its output before the first row, and has no call to change it; its close
   reads it from this field. */
static inline int xlsx_set_output(lxw_workbook *workbook, const char *filename) {
    char *copy = strdup(filename);
    if (copy == NULL) return 0;
    free(workbook->filename);
    workbook->filename = copy;
    return 1;
}

/* The file that holds a sheet's rows until the workbook is closed; closed by the library only then, so that who
   abandons a workbook must close it. */
static inline FILE *xlsx_rows_file(const lxw_worksheet *sheet) {
    return sheet->optimize_tmpfile;
}

static inline void xlsx_close_rows_file(lxw_worksheet *sheet) {
    if (sheet->optimize_tmpfile != NULL) fclose(sheet->optimize_tmpfile);
    sheet->optimize_tmpfile = NULL;
}
