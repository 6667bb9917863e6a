"""The U-Net that several families share: Palette's, which is that of guided diffusion."""
