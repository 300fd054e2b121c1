/**
 * The image processors of transformers: what each takes where its configuration is silent, and how it resizes.
 *
 * @module
 */
import { once } from "../../once.ts";
import {
  type ChannelValues,
  CLIP_MEAN,
  CLIP_STD,
  IMAGENET_MEAN,
  IMAGENET_STD,
  INCEPTION_MEAN_STD,
} from "../statistics.ts";

/** A size as configurations have it: an edge, height and width, or an object. */
export type SizeConfig = number | readonly number[] | Readonly<Record<string, unknown>>;

/** A class of image processors. */
export interface ProcessorClass {
  /** Whose `resize` it has. */
  readonly resizes:
    | "base"
    | "convnext"
    | "levit"
    | "poolformer"
    | "dpt"
    | "glpn"
    | "detr"
    | "sam";
  /** Whether a size that is a number is height and width; else it is the shorter edge. */
  readonly isSquare: boolean;
  readonly size: SizeConfig;
  /** The longer edge that goes with a size that is a number, as `max_size`; read of no other class. */
  readonly maxSize?: number;
  readonly crop?: SizeConfig;
  readonly doCrop: boolean;
  /** Where it does not crop, whatever it is told. */
  readonly ignoresCrop?: "always" | "pil";
  /** Number of the filter, as Pillow numbers them. */
  readonly resample: number;
  readonly mean: ChannelValues | null;
  readonly std: ChannelValues | null;
  readonly doNormalize: boolean;
  /** What it does where it is told to pad; others refuse that here. */
  readonly pads?: "after" | "square";
  readonly doPad?: boolean;
}

type Statistics = "half" | "imagenet" | "clip";

const STATISTICS: Readonly<Record<Statistics, readonly [ChannelValues, ChannelValues]>> = {
  half: [INCEPTION_MEAN_STD, INCEPTION_MEAN_STD],
  imagenet: [IMAGENET_MEAN, IMAGENET_STD],
  clip: [CLIP_MEAN, CLIP_STD],
};

const BILINEAR = 2;
const BICUBIC = 3;

function describe(
  size: SizeConfig,
  resample: number,
  statistics: Statistics,
  own: Partial<ProcessorClass> = {},
): ProcessorClass {
  const [mean, std] = STATISTICS[statistics];
  return {
    resizes: "base",
    isSquare: true,
    size,
    doCrop: own.crop !== undefined,
    resample,
    mean,
    std,
    doNormalize: true,
    ...own,
  };
}

const shorter = (edge: number): SizeConfig => ({ shortest_edge: edge });

/**
 * By the name of the class, without "ImageProcessor"; made when it is first asked for.
 *
 * Source: transformers 5.17, the class attributes of `models/*\/image_processing_*.py`.
 */
const getClasses: () => ReadonlyMap<string, ProcessorClass> = once(() => {
  const clip = describe(shorter(224), BICUBIC, "clip", { isSquare: false, crop: 224 });
  const mobileNet = describe(shorter(256), BILINEAR, "half", { isSquare: false, crop: 224 });
  const detr = describe({ shortest_edge: 800, longest_edge: 1333 }, BILINEAR, "imagenet", {
    resizes: "detr",
    isSquare: false,
    maxSize: 1333,
    ignoresCrop: "always",
    pads: "after",
    doPad: true,
  });
  return new Map([
    ["ViT", describe(224, BILINEAR, "half")],
    ["CLIP", clip],
    ["ChineseCLIP", clip],
    ["Siglip", describe({ height: 224, width: 224 }, BICUBIC, "half", { isSquare: false })],
    ["Bit", clip],
    ["DeiT", describe(256, BICUBIC, "half", { crop: 224 })],
    ["ConvNext", describe(shorter(384), BICUBIC, "half", { resizes: "convnext", isSquare: false })],
    ["Beit", describe(224, BICUBIC, "half", { crop: 224, doCrop: false })],
    ["EfficientNet", describe(346, BICUBIC, "half", { crop: 289, doCrop: false })],
    ["MobileNetV1", mobileNet],
    ["MobileNetV2", mobileNet],
    [
      "MobileViT",
      describe(shorter(224), BICUBIC, "half", { isSquare: false, crop: 256, doNormalize: false }),
    ],
    [
      "Levit",
      describe(shorter(224), BICUBIC, "imagenet", { resizes: "levit", isSquare: false, crop: 224 }),
    ],
    [
      "PoolFormer",
      describe(shorter(224), BICUBIC, "imagenet", {
        resizes: "poolformer",
        isSquare: false,
        crop: 224,
      }),
    ],
    ["Pvt", describe(224, BICUBIC, "imagenet")],
    ["Segformer", describe(512, BILINEAR, "imagenet", { ignoresCrop: "always" })],
    ["Blip", describe(384, BICUBIC, "clip")],
    ["OwlViT", describe(768, BICUBIC, "clip", { crop: 768, doCrop: false })],
    ["DPT", describe(384, BICUBIC, "half", { resizes: "dpt", ignoresCrop: "pil" })],
    [
      "GLPN",
      describe(32, BILINEAR, "half", {
        resizes: "glpn",
        ignoresCrop: "always",
        mean: null,
        std: null,
        doNormalize: false,
      }),
    ],
    [
      "RTDetr",
      describe({ height: 640, width: 640 }, BILINEAR, "imagenet", {
        resizes: "detr",
        isSquare: false,
        ignoresCrop: "always",
        doNormalize: false,
        pads: "after",
      }),
    ],
    ["Detr", detr],
    ["ConditionalDetr", detr],
    ["DeformableDetr", detr],
    ["GroundingDino", detr],
    [
      "Sam",
      describe({ longest_edge: 1024 }, BILINEAR, "imagenet", {
        resizes: "sam",
        ignoresCrop: "always",
        pads: "after",
        doPad: true,
      }),
    ],
    ["Llava", { ...clip, pads: "square" }],
  ]);
});

/** Classes by the type of their model, for configurations that name none. */
const getModelTypes: () => ReadonlyMap<string, string> = once(() =>
  new Map(
    Object.entries({
      ViT: "vit swin swinv2 vit_mae vit_msn clipseg trocr ijepa dinat mgp-str swiftformer",
      CLIP:
        "clip metaclip_2 altclip git groupvit kosmos-2 florence2 aimv2 mlcd xclip vipllava aimv2_vision_model",
      ChineseCLIP: "chinese_clip",
      Siglip: "siglip paligemma colpali gemma3n",
      Bit: "dinov2 bit focalnet hiera pixio",
      DeiT: "deit",
      ConvNext: "convnext convnextv2 resnet regnet cvt",
      Beit: "beit data2vec-vision",
      EfficientNet: "efficientnet align",
      MobileNetV1: "mobilenet_v1",
      MobileNetV2: "mobilenet_v2",
      MobileViT: "mobilevit mobilevitv2",
      Levit: "levit",
      PoolFormer: "poolformer",
      Pvt: "pvt pvt_v2",
      Segformer: "segformer upernet",
      Blip: "blip blip-2 instructblip",
      OwlViT: "owlvit",
      DPT: "dpt depth_anything",
      GLPN: "glpn",
      RTDetr: "rt_detr deimv2",
      Detr: "detr table-transformer omdet-turbo",
      ConditionalDetr: "conditional_detr",
      DeformableDetr: "deformable_detr lw_detr",
      GroundingDino: "grounding-dino mm-grounding-dino",
      Sam: "sam sam_hq",
      Llava: "llava",
    }).flatMap(([name, types]) => types.split(" ").map((type) => [type, name] as const)),
  )
);

const FLOATS = "it resizes floating-point numbers, not bytes, and no digest of that is the same " +
  "on every machine";
const PATCHES = "it gives patches, not one picture";
const TILES = "it cuts an image into several";
const LABELS = "it prepares labels or masks with the image";
const OTHER = "it has steps of its own before or after the resizing";

/** Why a class that is known is refused. */
const getRefused: () => ReadonlyMap<string, string> = once(() =>
  new Map(
    (Object.entries({
      [FLOATS]: "DINOv3ViT Owlv2",
      [PATCHES]: "Siglip2 Qwen2VL Pixtral Pix2Struct Lfm2Vl Kosmos2_5 Glm4v",
      [TILES]:
        "LlavaNext LlavaOnevision LlavaNextVideo GotOcr2 Idefics Idefics2 Idefics3 SmolVLM " +
        "Mllama Gemma3 Phi4Multimodal Cohere2Vision PerceptionLM Llama4 DeepseekVL Ovis2",
      [LABELS]: "Mask2Former MaskFormer OneFormer Eomt",
      "its sizes are rounded in a way of its own": "Yolos",
      "its settings are the pretrained_cfg of the model's config.json: pass that": "TimmWrapper",
      [OTHER]: "Donut Nougat LayoutLMv2 LayoutLMv3 Perceiver Vilt BridgeTower TextNet Tvp Flava " +
        "ImageGPT Fuyu Chameleon VitMatte ZoeDepth DepthPro PromptDepthAnything SuperPoint " +
        "SuperGlue LightGlue EfficientLoFTR VideoMAE Vivit Swin2SR Sam2 Sam3 Tvlt Deta " +
        "EfficientFormer ViTHybrid InstructBlipVideo JanusImage Janus Aria Emu3",
    }) as [string, string][]).flatMap(([reason, names]) =>
      names.split(" ").map((name) => [name, reason] as const)
    ),
  )
);

/** A class by its name, where it is known. */
export function findClass(name: string): ProcessorClass | undefined {
  return getClasses().get(name);
}

/** The names of all classes that are known. */
export function listClasses(): string[] {
  return [...getClasses().keys()];
}

/** The name of the class that belongs to a type of model. */
export function findModelClass(type: string): string | undefined {
  return getModelTypes().get(type);
}

/** Why a class is refused, where it is. */
export function findRefusal(name: string): string | undefined {
  return getRefused().get(name);
}
