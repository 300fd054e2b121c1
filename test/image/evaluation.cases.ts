import { assert } from "chai";
import { evaluation, type EvaluationOptions } from "../../src/image/transform/evaluation.ts";
import type { TestCase } from "../case.ts";

/** Tests of evaluation(). */
export const cases: TestCase[] = [
  {
    name: "evaluation() defaults to timm's settings",
    run() {
      assert.deepEqual(evaluation(), {
        kind: "evaluation",
        crop: [224, 224],
        resize: 256,
        interpolation: "bicubic",
        type: "float32",
        mean: [0.485, 0.456, 0.406],
        std: [0.229, 0.224, 0.225],
        normalize: "torchvision",
      });
    },
  },
  {
    name: "evaluation() floors the shorter edge as timm does",
    run() {
      const resizes = [0.875, 0.9, 0.95, 0.965, 1].map((cropRatio) =>
        evaluation({ cropRatio }).resize
      );
      assert.deepEqual(resizes, [256, 248, 235, 232, 224]);
      assert.equal(evaluation({ size: 299, cropRatio: 0.875 }).resize, 341);
    },
  },
  {
    name: "evaluation() takes what is not given from the preset",
    run() {
      const transform = evaluation({ preset: "vit-augreg", size: 384, type: "float16" });
      assert.deepEqual(transform.crop, [384, 384]);
      assert.equal(transform.resize, 426);
      assert.deepEqual(transform.mean, [0.5, 0.5, 0.5]);
      assert.equal(transform.type, "float16");
      assert.equal(evaluation({ preset: "torchvision", size: [100, 200] }).resize, 256);
    },
  },
  {
    name: "evaluation() gives plain data that structured cloning copies",
    run() {
      const transform = evaluation({ size: [192, 320], resize: 256, mean: [0, 0, 0] });
      assert.deepEqual(structuredClone(transform), transform);
      assert.deepEqual(JSON.parse(JSON.stringify(transform)), transform);
    },
  },
  {
    name: "evaluation() refuses options that are out of range",
    run() {
      const wrong: EvaluationOptions[] = [
        { size: 0 },
        { size: 224.5 },
        { size: [224, 70000] },
        { resize: -1 },
        { cropRatio: 0 },
        { cropRatio: 1.1 },
        { cropRatio: NaN },
        { interpolation: "cubic" as "bicubic" },
        { type: "float64" as "float32" },
        { normalize: "timm" as "prefetcher" },
        { std: [1, 0, 1] },
        { mean: [0, NaN, 0] },
        { preset: "resnet9000" as "timm" },
      ];
      for (const options of wrong) {
        assert.throws(() => evaluation(options), RangeError, undefined, JSON.stringify(options));
      }
    },
  },
  {
    name: "evaluation() refuses options of the wrong type and contradictions",
    run() {
      const wrong = [
        { size: "224" },
        { size: [224] },
        { resize: "256" },
        { cropRatio: "0.9" },
        { resize: 256, cropRatio: 0.875 },
        { size: [224, 320] },
        { interpolation: 3 },
        { mean: 0.5 },
        { std: [1, 1] },
        7,
      ];
      for (const options of wrong) {
        assert.throws(
          () => evaluation(options as EvaluationOptions),
          TypeError,
          undefined,
          JSON.stringify(options),
        );
      }
      assert.throws(() => evaluation(null as unknown as EvaluationOptions), TypeError);
    },
  },
];
