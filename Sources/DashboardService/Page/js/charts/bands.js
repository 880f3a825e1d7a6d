// What is drawn behind the series of every pane: hatched gaps with their length, and the tinted column of the open minute.

/** A primitive for one pane. `state` is read at each drawing: {gaps, step, first, open, scale, says(gap), colours}; only `isNamed` writes the lengths. */
export class Bands {
  constructor(state, isNamed) {
    this.state = state;
    this.isNamed = isNamed;
    this.view = {
      zOrder: () => "bottom",
      renderer: () => ({ draw: (target) => target.useMediaCoordinateSpace((space) => this.draw(space)) }),
    };
    this.words = {
      zOrder: () => "top",
      renderer: () => ({ draw: (target) => target.useMediaCoordinateSpace((space) => this.name(space)) }),
    };
  }

  attached({ chart, requestUpdate }) {
    this.chart = chart;
    this.requestUpdate = requestUpdate;
  }

  detached() {
    this.chart = null;
  }

  paneViews() {
    return this.isNamed ? [this.view, this.words] : [this.view];
  }

  /** The left and right edge of a span in the pane, null outside of it. Times are true to the axis, so the place follows from the time. */
  edges(from, to, width) {
    const { step, first } = this.state, scale = this.chart?.timeScale();
    if (first === null || !scale) return null;
    const spacing = scale.options().barSpacing, origin = scale.logicalToCoordinate(0);
    if (origin === null) return null;
    const left = origin + ((from - first) / step - 0.5) * spacing, right = origin + ((to - first) / step - 0.5) * spacing;
    return right < 0 || left > width ? null : { left: Math.max(left, -20), right: Math.min(right, width + 20) };
  }

  draw({ context, mediaSize }) {
    const { gaps, open, step, colours, scale } = this.state;
    if (open !== null) {
      const column = this.edges(open, open + step, mediaSize.width);
      if (column) {
        context.fillStyle = `${colours.accent}2b`;
        context.fillRect(column.left, 0, column.right - column.left, mediaSize.height);
      }
    }
    for (const gap of gaps) {
      const band = this.band(gap, mediaSize.width);
      if (!band) continue;
      context.save();
      context.beginPath();
      context.rect(band.left, 0, band.right - band.left, mediaSize.height);
      context.clip();
      context.fillStyle = `${colours.warn}14`;
      context.fillRect(band.left, 0, band.right - band.left, mediaSize.height);
      context.strokeStyle = `${colours.warn}99`;
      context.lineWidth = scale;
      context.beginPath();
      for (let x = Math.floor((band.left - mediaSize.height) / (6 * scale)) * 6 * scale; x < band.right; x += 6 * scale) {
        context.moveTo(x, mediaSize.height);
        context.lineTo(x + mediaSize.height, 0);
      }
      context.stroke();
      context.restore();
    }
  }

  // Whole buckets are hatched; a gap inside one bucket is told by the incomplete candle. A band is never thinner than two pixels.
  band(gap, width) {
    const { step } = this.state;
    const from = Math.ceil(gap.from / step) * step, to = Math.floor(gap.to / step) * step;
    if (to <= from) return null;
    const band = this.edges(from, to, width);
    if (band && band.right - band.left < 2) band.right = band.left + 2;
    return band;
  }

  name({ context, mediaSize }) {
    const { gaps, says, colours, scale } = this.state;
    context.font = `600 ${11 * scale}px ${colours.font}`;
    context.textBaseline = "middle";
    context.textAlign = "center";
    let taken = -Infinity;
    for (const gap of gaps) {
      const band = this.band(gap, mediaSize.width);
      if (!band) continue;
      const text = says(gap), half = context.measureText(text).width / 2 + 6 * scale;
      const middle = Math.min(Math.max((Math.max(band.left, 0) + Math.min(band.right, mediaSize.width)) / 2, half + 2), mediaSize.width - half - 2);
      if (middle - half < taken + 4) continue;
      taken = middle + half;
      const y = mediaSize.height - 24 * scale;
      context.fillStyle = colours["warn-soft"];
      context.beginPath();
      context.roundRect(middle - half, y - 9 * scale, 2 * half, 18 * scale, 4 * scale);
      context.fill();
      context.fillStyle = colours.warn;
      context.fillText(text, middle, y + 0.5);
    }
  }
}
