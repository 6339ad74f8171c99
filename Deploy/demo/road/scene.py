"""What a camera of the demo road sees: a road with traffic, its stake mark, and a clock that runs."""

import math
import time

WIDTH = 320
HEIGHT = 180
HORIZON = 62

_DIRECTIONS = {"up": ("上行", "UP"), "down": ("下行", "DOWN"), "both": ("双向", "BOTH")}
_SECONDS_EAST = 8 * 3600


class Scene:
    """The view of one camera; the same second always looks the same."""

    def __init__(self, device, has_chinese):
        self.device = device
        chinese, plain = _DIRECTIONS.get(device.direction, ("", ""))
        place = f"{device.road} {device.stake_mark}"
        self.caption = f"{place} {chinese} {device.name}" if has_chinese else f"{place} {plain}"
        self.font = "Noto Sans CJK SC" if has_chinese else "Sans"
        self.seed = sum(device.stake_mark.encode())

    def draw(self, context):
        """Draws the present moment onto a cairo context of WIDTH x HEIGHT."""
        now = time.time()
        # A dome looks slowly to and fro.
        lean = 40 * math.sin(now / 7 + self.seed) if self.device.is_dome else 0
        (self._tube if self.device.is_in_tunnel else self._country)(context)
        self._carriageway(context, now, lean)
        self._letters(context, now)

    def _country(self, context):
        context.set_source_rgb(0.62, 0.74, 0.86)
        context.rectangle(0, 0, WIDTH, HORIZON)
        context.fill()
        context.set_source_rgb(0.36 + (self.seed % 7) / 60, 0.47, 0.30)
        context.rectangle(0, HORIZON, WIDTH, HEIGHT - HORIZON)
        context.fill()

    def _tube(self, context):
        context.set_source_rgb(0.17, 0.16, 0.14)
        context.paint()
        for number in range(1, 8):
            nearness = (number / 7) ** 2
            context.set_source_rgb(0.95, 0.80, 0.45)
            for side in (-1, 1):
                x = WIDTH / 2 + side * (8 + 110 * nearness)
                context.rectangle(x, HORIZON - 6 - 45 * nearness, 2 + 9 * nearness, 1 + 3 * nearness)
                context.fill()

    def _carriageway(self, context, now, lean):
        middle = WIDTH / 2 + lean
        context.set_source_rgb(0.30, 0.30, 0.31)
        for x, y in (
            (middle - 6, HORIZON),
            (middle + 6, HORIZON),
            (WIDTH + 30 + lean, HEIGHT),
            (-30 + lean, HEIGHT),
        ):
            context.line_to(x, y)
        context.close_path()
        context.fill()
        context.set_source_rgb(0.85, 0.85, 0.80)
        for dash in range(8):
            nearness = ((dash + (now * 1.5) % 1) / 8) ** 2
            context.rectangle(
                middle - nearness * 2, HORIZON + nearness * 118, 1 + nearness * 4, 1 + nearness * 12
            )
            context.fill()
        for number in range(3):
            phase = (now / (5 + number) + self.seed * 0.13 + number * 0.37) % 1
            nearness = phase**2 if number % 2 else (1 - phase) ** 2
            side = 1 if number % 2 else -1
            x = middle + side * (3 + 75 * nearness)
            context.set_source_rgb(*((0.75, 0.15, 0.12), (0.92, 0.92, 0.90), (0.15, 0.25, 0.60))[number])
            context.rectangle(
                x - 2 - 14 * nearness, HORIZON + 112 * nearness, 4 + 28 * nearness, 2 + 16 * nearness
            )
            context.fill()

    def _letters(self, context, now):
        context.select_font_face(self.font)
        context.set_font_size(13)
        clock = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(now + _SECONDS_EAST))
        for text, x, y in ((clock, 176, 16), (self.caption, 6, HEIGHT - 8)):
            context.move_to(x + 1, y + 1)
            context.set_source_rgb(0, 0, 0)
            context.show_text(text)
            context.move_to(x, y)
            context.set_source_rgb(1, 1, 1)
            context.show_text(text)
