"""Pix2Pix: image-to-image translation with a conditional GAN (Isola, Zhu, Zhou and Efros, CVPR 2017)."""
