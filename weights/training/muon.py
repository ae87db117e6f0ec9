"""Muon (Jordan et al. 2024): momentum whose update is made orthogonal, for matrices and convolutions.

Matrices of one shape are orthogonalised together, in bfloat16, by four of the polynomials of "The Polar Express" (Amsel et al. 2025).
"""
import torch

POLYNOMIALS = [(8.28721201814563, -23.595886519098837, 17.300387312530933), (4.107059111542203, -2.9478499167379106, 0.5448431082926601),
               (3.9486908534822946, -2.908902115962949, 0.5518191394370137), (3.3184196573706015, -2.488488024314874, 0.51004894012372)]


def orthogonal(x):
    """[count, rows, columns], rows <= columns"""
    x = x.bfloat16()
    x = x / (x.norm(dim=(1, 2), keepdim=True) * 1.02 + 1e-7)
    for a, b, c in POLYNOMIALS:
        square = x @ x.mT
        x = a * x + (b * square + c * square @ square) @ x
    return x.float()


class Muon(torch.optim.Optimizer):
    def __init__(self, params, lr, momentum=0.95, weight_decay=0.02):
        super().__init__(list(params), dict(lr=lr, momentum=momentum, weight_decay=weight_decay))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            shapes = {}
            for p in group["params"]:
                if p.grad is None:
                    continue
                state = self.state[p]
                if "momentum" not in state:
                    state["momentum"] = torch.zeros_like(p)
                m = state["momentum"].lerp_(p.grad, 1 - group["momentum"])
                update = p.grad.lerp(m, group["momentum"]).flatten(1)          # a convolution is a matrix too
                tall = update.shape[0] > update.shape[1]
                shapes.setdefault((min(update.shape), max(update.shape)), []).append((p, update.mT if tall else update, tall))
            for (_, wide), items in shapes.items():
                turned = orthogonal(torch.stack([u for _, u, _ in items]))
                for (p, _, tall), u in zip(items, turned):
                    p.mul_(1 - group["lr"] * group["weight_decay"])
                    p.add_((u.mT if tall else u).reshape(p.shape), alpha=-group["lr"] * 0.2 * wide**0.5)   # as large as AdamW's steps
