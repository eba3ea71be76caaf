"""Coloring heat maps in a graph."""

import tensorflow as tf

from tfragan.visualization.caption_maps import bilinear_weights
from tfragan.visualization.translation_panel import jet_colors


def color_heat_map(heat_map, size):
    """A heat map as the picture that `draw_heat_map` makes of it.

    Args:
        heat_map: float32 tensor `(height, width)`, both known.
        size: height and width of the picture.

    Returns:
        uint8 tensor `(size, size, 3)`, RGB.
    """
    height, width = heat_map.shape
    values = heat_map - tf.reduce_min(heat_map)
    span = tf.reduce_max(values)
    # Also False for NaN, which has no color either.
    has_contrast = (span > 0.0) & tf.math.is_finite(span)
    levels = tf.where(has_contrast, 255.0 * (values / span), 0.0)
    rows = tf.constant(bilinear_weights(size, height), tf.float64)
    columns = tf.constant(bilinear_weights(size, width), tf.float64)
    # (size, height) (height, width) (width, size)
    levels = tf.cast(tf.cast(levels, tf.uint8), tf.float64)
    resized = rows @ levels @ tf.transpose(columns)
    places = tf.cast(tf.floor(resized + 0.5), tf.int32)
    return tf.gather(tf.constant(jet_colors()), places)
