"""Model folders and encoders: the only home of torch, torchvision, timm, transformers and safetensors."""
