"""Prints `src/image/transform/timm/default_tags.ts`: which weights timm means by an architecture's name alone.

Usage: python3 list_timm_defaults.py SETTINGS.json > ../../src/image/transform/timm/default_tags.ts
    SETTINGS.json is what make_timm_table.ts reads. (timm 1.0.29, torch 2.13, torchvision 0.28)
Only architectures whose weights differ in their settings are listed: for the others it does not matter.
"""
import json
import sys

import timm
from timm.models import _registry

models = json.load(open(sys.argv[1]))["models"]
tags = {}
for name in models:
    architecture, _, tag = name.partition(".")
    tags.setdefault(architecture, []).append(tag)
rows = []
for architecture, known in tags.items():
    if len({json.dumps(models[f"{architecture}.{tag}"]) for tag in known}) == 1:
        continue
    # timm's get_pretrained_cfg() takes the first of them.
    default = _registry._model_with_tags[architecture][0].partition(".")[2]
    assert default in known, (architecture, default)
    rows.append(f"{architecture} {default}")

lines, line = [], ""
for row in rows:
    if line and len(line) + len(row) > 500:
        lines.append(line)
        line = row
    else:
        line = f"{line};{row}" if line else row
lines.append(line)
print(f'''/**
 * The weights that timm {timm.__version__} means by an architecture's name alone, where its weights differ in their settings.
 * Made by test/image/list_timm_defaults.py; do not edit.
 *
 * @module
 */

/** Architectures, separated by ";", each with its default tag. */
export const DEFAULT_TAGS: readonly string[] = [''')
for line in lines:
    print(f'  "{line}",')
print("];")
