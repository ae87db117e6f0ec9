"""Makes Tests/Fixtures/Networks/qwen3-*.json: the hidden states of small Qwen3 models of random weights.

Made with torch 2.15.0, transformers 5.24.0. Run from the repository's root:

    python Tests/Reference/qwen3.py

The models run in float64, but for the norms and the angles, which transformers computes in float32 whatever the type.
"""

import torch
from networks import filled, write
from transformers import Qwen3Config, Qwen3ForCausalLM, Qwen3Model


def qwen3(name, kind, length, counts, states, old=False, brief=False, **configuration):
    """`old`: the configuration as transformers 4 wrote it. `brief`: weights rounded to bfloat16."""
    configuration = {
        "vocab_size": 50, "hidden_size": 24, "intermediate_size": 40, "num_attention_heads": 6, "num_key_value_heads": 2,
        "head_dim": 8, "num_hidden_layers": 4, "rms_norm_eps": 1e-6, **configuration,
    }  # fmt: skip
    theta = 1_000_000.0
    rope = {"rope_parameters": {"rope_theta": theta, "rope_type": "default"}}
    settings = Qwen3Config(**configuration, **rope, attn_implementation="eager")
    model, shapes = filled(kind(settings))
    if brief:
        for parameter in model.parameters():
            parameter.copy_(parameter.to(torch.bfloat16))
    sequences = [[(7 * place + 11 * row + place * place) % 48 if place < count else 49 for place in range(length)]
                 for row, count in enumerate(counts)]
    mask = torch.tensor([[int(place < count) for place in range(length)] for count in counts])
    hidden = model(torch.tensor(sequences), attention_mask=mask, output_hidden_states=True).hidden_states
    configuration |= {"rope_theta": theta, "rope_scaling": None} if old else rope
    configuration |= {"model_type": "qwen3", "hidden_act": "silu", "attention_bias": False, "tie_word_embeddings": True}
    write(name, configuration, shapes, sequences=sequences, counts=counts, outputs={str(s): hidden[s] for s in states})


if __name__ == "__main__":
    qwen3("qwen3", Qwen3Model, 21, [21, 21], [0, 1, 3, 4])
    qwen3("qwen3-padded", Qwen3ForCausalLM, 140, [90, 1, 140], [1, 2, 3], old=True)
    qwen3("qwen3-bfloat16", Qwen3ForCausalLM, 70, [70, 5], [3], brief=True, head_dim=16)
