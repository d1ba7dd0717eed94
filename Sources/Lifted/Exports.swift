// `import Lifted` gives what networks, training and inversion need.
@_exported import Proximal
@_exported import Tensors
