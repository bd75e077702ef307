"""The weights that come with the package: a folder per encoder, called after its game.

Each holds `model.safetensors`, `config.json`, a model card, and what names its objects: `kinds.json`,
`background.png` and `landmarks.png`. `dsrl pretrain` makes such folders; `dsrl.weights` reads them.
"""
