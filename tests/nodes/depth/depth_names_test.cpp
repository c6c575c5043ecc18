#include "depth/depth_names.h"

#include <gtest/gtest.h>

#include "calotype/error.h"

namespace calotype {

namespace {

TEST(DepthNames, OfMidas) {
  const Rename rename = depth_names(DepthLayout::midas);
  EXPECT_EQ(rename("pretrained.model.cls_token"), "cls_token");
  EXPECT_EQ(rename("pretrained.model.blocks.11.attn.qkv.bias"), "blocks.11.attn.qkv.bias");
  EXPECT_EQ(rename("pretrained.model.patch_embed.backbone.stem.conv.weight"),
            "patch_embed.backbone.stem.conv.weight");
  EXPECT_EQ(rename("pretrained.act_postprocess3.0.project.0.weight"),
            "reassemble.2.readout.weight");
  EXPECT_EQ(rename("pretrained.act_postprocess4.3.bias"), "reassemble.3.project.bias");
  EXPECT_EQ(rename("pretrained.act_postprocess4.4.bias"), "reassemble.3.resize.bias");
  EXPECT_EQ(rename("scratch.output_conv.2.weight"), "head.2.weight");
  EXPECT_EQ(rename("scratch.layer1_rn.weight"), "layer1_rn.weight");
}

TEST(DepthNames, LeaveOutWhatIsNotComputed) {
  EXPECT_EQ(depth_names(DepthLayout::midas)("pretrained.model.head.weight"), "");
  EXPECT_EQ(depth_names(DepthLayout::midas)("pretrained.model.norm.bias"), "");
  EXPECT_EQ(depth_names(DepthLayout::midas)("scratch.refinenet4.resConfUnit1.conv1.bias"), "");
  EXPECT_EQ(depth_names(DepthLayout::depth_checkpoint)("model.diffusion_model.out.0.weight"), "");
  EXPECT_EQ(depth_names(DepthLayout::depth_anything)("pretrained.mask_token"), "");
  EXPECT_EQ(depth_names(DepthLayout::transformers_dpt)(
                "neck.fusion_stage.layers.0.residual_layer1.convolution2.weight"),
            "");
}

TEST(DepthNames, OfTheDepthCheckpointAreThoseOfMidasBehindAPrefix) {
  const Rename rename = depth_names(DepthLayout::depth_checkpoint);
  EXPECT_EQ(rename("depth_model.model.scratch.refinenet2.out_conv.bias"),
            "refinenet2.out_conv.bias");
}

TEST(DepthNames, OfDepthAnything) {
  const Rename rename = depth_names(DepthLayout::depth_anything);
  EXPECT_EQ(rename("pretrained.norm.weight"), "norm.weight");
  EXPECT_EQ(rename("pretrained.blocks.3.ls1.gamma"), "blocks.3.ls1.gamma");
  EXPECT_EQ(rename("depth_head.projects.2.weight"), "reassemble.2.project.weight");
  EXPECT_EQ(rename("depth_head.resize_layers.3.bias"), "reassemble.3.resize.bias");
  EXPECT_EQ(rename("depth_head.scratch.output_conv2.2.bias"), "head.4.bias");
}

TEST(DepthNames, OfTransformers) {
  const Rename dpt = depth_names(DepthLayout::transformers_dpt);
  EXPECT_EQ(dpt("dpt.embeddings.backbone.bit.encoder.stages.1.layers.2.downsample.norm.bias"),
            "patch_embed.backbone.stages.1.blocks.2.downsample.norm.bias");
  EXPECT_EQ(dpt("dpt.encoder.layer.7.attention.attention.key.weight"), "blocks.7.attn.k.weight");
  EXPECT_EQ(dpt("neck.reassemble_stage.readout_projects.3.0.bias"), "reassemble.3.readout.bias");
  EXPECT_EQ(dpt("neck.convs.0.weight"), "layer1_rn.weight");
  EXPECT_EQ(dpt("neck.fusion_stage.layers.3.residual_layer1.convolution2.weight"),
            "refinenet1.resConfUnit1.conv2.weight");
  EXPECT_EQ(dpt("head.head.4.bias"), "head.4.bias");
  const Rename anything = depth_names(DepthLayout::transformers_depth_anything);
  EXPECT_EQ(anything("backbone.encoder.layer.5.mlp.fc2.bias"), "blocks.5.mlp.fc2.bias");
  EXPECT_EQ(anything("backbone.encoder.layer.5.layer_scale2.lambda1"), "blocks.5.ls2.gamma");
  EXPECT_EQ(anything("neck.reassemble_stage.layers.0.resize.weight"), "reassemble.0.resize.weight");
  EXPECT_EQ(anything("head.conv2.weight"), "head.2.weight");
}

TEST(DepthNames, StayWhenTheyAreNotUnderstood) {
  for (const DepthLayout layout :
       {DepthLayout::midas, DepthLayout::depth_anything, DepthLayout::transformers_dpt}) {
    EXPECT_EQ(depth_names(layout)("something.else"), "something.else");
  }
  EXPECT_EQ(
      depth_names(DepthLayout::transformers_dpt)("neck.fusion_stage.layers.x.projection.bias"),
      "neck.fusion_stage.layers.x.projection.bias");
}

TEST(DepthNames, LayoutIsRecognisedOrTheFileRefused) {
  EXPECT_EQ(recognise_depth_layout({"a", "depth_head.projects.0.weight"}, "f"),
            DepthLayout::depth_anything);
  try {
    recognise_depth_layout({"conv_in.weight"}, "vae.safetensors");
    FAIL();
  } catch (const Error& e) {
    EXPECT_STREQ(e.what(),
                 "vae.safetensors: there is no depth model of a known layout among the names of "
                 "the file\n"
                 "  hint: known are DPT-Hybrid and Depth Anything (small, base, large), in their "
                 "authors' files and as folders of transformers, and the depth model inside a "
                 "Stable Diffusion 2 depth checkpoint");
  }
}

}  // namespace

}  // namespace calotype
