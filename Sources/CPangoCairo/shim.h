#include <cairo-pdf.h>
#include <pango/pangocairo.h>

/* PANGO_SCALE is a cast that Swift does not see through everywhere; lengths cross as points. */

static inline int pango_from_points(double points) {
    return pango_units_from_double(points);
}

static inline double pango_to_points(int units) {
    return pango_units_to_double(units);
}
