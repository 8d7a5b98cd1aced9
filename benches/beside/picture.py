"""The long stream's figures as a picture: CPU seconds and peak memory, each on a logarithmic axis."""

import math
from html import escape

STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #1f2328 }
  .title { font-size: 16px; font-weight: 600 }
  .small { font-size: 11px; fill: #59636e }
  .grid { stroke: #d1d9e0 }
  .stem { stroke: #9198a1; stroke-width: 2 }
  .dot { fill: #6e7781 }
  .ours .stem { stroke: #0969da }
  .ours .dot { fill: #0969da }
  .ours text { font-weight: 600 }
  .paper { fill: #ffffff }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc }
    .small { fill: #9198a1 }
    .grid { stroke: #3d444d }
    .stem { stroke: #656c76 }
    .dot { fill: #9198a1 }
    .ours .stem { stroke: #4493f8 }
    .ours .dot { fill: #4493f8 }
    .paper { fill: #0d1117 }
  }
"""
ROW, TOP, LABELS, PANEL, GAP = 22, 74, 232, 250, 70


class Axis:
    """A logarithmic axis over whole decades."""

    def __init__(self, left, values):
        self.left = left
        self.low = math.floor(math.log10(min(values)))
        self.high = max(math.ceil(math.log10(max(values))), self.low + 1)

    def at(self, value):
        return self.left + PANEL * (math.log10(value) - self.low) / (self.high - self.low)

    def grid(self, bottom):
        for power in range(self.low, self.high + 1):
            x = self.at(10.0**power)
            yield '<line class="grid" x1="%.1f" x2="%.1f" y1="%d" y2="%d"/>' % (x, x, TOP - 6, bottom)
            yield '<text class="small" x="%.1f" y="%d" text-anchor="middle">%s</text>' % (x, bottom + 15, ("%g" % 10.0**power))


def svg(title, rows, figure):
    """`rows` is (name, ours, (CPU seconds, file sizes) or None, why not)."""
    drawn = [values for _, _, values, _ in rows if values]
    axes = [Axis(LABELS + i * (PANEL + GAP), [values[i] for values in drawn]) for i in (0, 1)]
    bottom = TOP + ROW * len(rows)
    width, height = LABELS + 2 * PANEL + 2 * GAP - 8, bottom + 44
    out = [
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img" aria-labelledby="title">' % (width, height, width, height),
        '<title id="title">%s</title>' % escape(title),
        "<style>%s</style>" % STYLE,
        '<rect class="paper" width="100%" height="100%"/>',
        '<text class="title" x="12" y="26">%s</text>' % escape(title),
    ]
    for axis, says in zip(axes, ("CPU seconds (logarithmic)", "peak memory in file sizes (logarithmic)")):
        out.append('<text x="%d" y="%d">%s</text>' % (axis.left, TOP - 16, says))
        out += axis.grid(bottom)
    for i, (name, ours, values, why) in enumerate(rows):
        y = TOP + ROW * i + ROW // 2
        out.append('<g class="%s">' % ("ours" if ours else "peer"))
        out.append('<text x="%d" y="%d" text-anchor="end">%s</text>' % (LABELS - 12, y + 4, escape(name)))
        for axis, value in zip(axes, values or ()):
            x = axis.at(value)
            out.append('<line class="stem" x1="%d" x2="%.1f" y1="%d" y2="%d"/>' % (axis.left, x, y, y))
            out.append('<circle class="dot" cx="%.1f" cy="%d" r="5"/>' % (x, y))
            out.append('<text class="small" x="%.1f" y="%d">%s</text>' % (x + 10, y + 4, figure(value)))
        if not values:
            out.append('<text class="small" x="%d" y="%d">%s</text>' % (LABELS + 6, y + 4, escape(why)))
        out.append("</g>")
    out.append('<text class="small" x="12" y="%d">Further left is better. Drawn by benches/peers.py; figures and machine: benches/peers.md.</text>' % (height - 8))
    return "\n".join(out + ["</svg>", ""])
