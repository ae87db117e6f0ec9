/// What every manual page says beside its command's flags.
package struct ManualEntry {
  package let name: String
  package let meaning: String

  private init(_ name: String, _ meaning: String) {
    self.name = name
    self.meaning = meaning
  }

  package static let environment = [
    ManualEntry("LIMN_HISTORY", "The file of the history."),
    ManualEntry("LIMN_WEIGHTS", "The folder of the bundled model and the guardrail."),
    ManualEntry("LIMN_HOST", "The limn serve that paints in place of this machine."),
    ManualEntry("LIMN_TOKEN, LIMN_TOKEN_FILE", "The token for it, or a file that holds that."),
    ManualEntry("LIMN_KERNELS", "Another set of kernels: baseline, avx2 or avx512."),
    ManualEntry("XDG_DATA_HOME, XDG_CONFIG_HOME, XDG_STATE_HOME, XDG_CACHE_HOME", "Where the folders below lie."),
    ManualEntry("HF_HOME", "Where models of the Hugging Face cache are found."),
    ManualEntry("NO_COLOR, CLICOLOR_FORCE, TERM, COLORTERM", "Whether there are colours, and how many."),
    ManualEntry("COLUMNS, LINES", "The size of the terminal, where it does not say."),
  ]

  package static let files = [
    ManualEntry("~/.local/share/limn/models", "Models that are found by name."),
    ManualEntry("~/.local/share/limn/loras", "LoRAs that are found by name."),
    ManualEntry("~/.config/limn/presets", "Settings kept under a name."),
    ManualEntry("~/.local/state/limn/history.sqlite", "The history of runs."),
    ManualEntry("~/.cache/limn", "Hashes of models, speeds of this machine."),
    ManualEntry("limn-batch.sqlite", "The ledger of a batch, in the folder of its pictures."),
  ]

  package static let statuses = [
    ManualEntry("0", "Painted, or done."), ManualEntry("1", "A comparison found a difference."),
    ManualEntry("2", "A mistake on the command line."), ManualEntry("3", "Refused by the guardrail."),
    ManualEntry("4", "Not allowed to you."), ManualEntry("5", "An input cannot be read."),
    ManualEntry("6", "Too little memory, disk or other resources."),
    ManualEntry("7", "A part of a batch was not painted."),
    ManualEntry("69", "The server of LIMN_HOST cannot be reached."), ManualEntry("70", "A fault of limn's own."),
    ManualEntry("130, 143", "Interrupted."),
  ]

  /// By the names of pages.
  package static let examples: [String: [String]] = [
    "limn": ["limn \"a red fox in the snow\"", "limn batch prompts.csv -o pictures", "limn inspect picture.png"],
    "limn-generate": [
      "limn \"a castle by the sea\" --style cartoon --aspect 16:9 -o castle.png", "limn \"a cat\" -o - | display",
      "echo \"a cat\" | limn - --count 4 --seed 1", "limn \"a portrait\" --model sd15.safetensors --steps 20",
      "limn \"a house\" --reference sketch.png --strength 0.5",
    ],
    "limn-batch": [
      "limn batch prompts.txt -o pictures", "limn batch prompts.csv --check",
      "limn batch prompts.txt --grid seed=1..4 style=flat,3d --sheet sheet.png",
      "cat prompts.txt | limn batch - -o - | tar x",
    ],
    "limn-inspect": ["limn inspect *.png", "limn inspect --json picture.jpg | jq .parameters"],
    "limn-score": ["limn score a.png b.png \"a red fox\""],
    "limn-presets": ["limn presets save ink --style ink --count 4", "limn \"a castle\" --preset ink"],
    "limn-styles": ["limn styles", "limn styles --model ~/models/other"],
    "limn-models": ["limn models"],
    "limn-history": ["limn history list", "limn history search fox", "limn history show last"],
    "limn-history-redo": ["limn history redo last --seed 5", "limn history redo picture.png --print"],
    "limn-history-list": ["limn history list --since 2026-01-01 --csv"],
    "limn-history-show": ["limn history show 12 --pictures"],
    "limn-history-export": ["limn history export -o runs.jsonl"],
    "limn-history-import": ["limn history import runs.jsonl"],
    "limn-report": ["limn report --html report.html", "limn report --since all --json"],
    "limn-guard": ["limn guard check \"a prompt\"", "limn guard check - < prompts.txt"],
    "limn-roles": ["limn roles whoami", "limn roles grant creator ada"],
    "limn-doctor": ["limn doctor", "limn doctor --json"], "limn-bench": ["limn bench --json"],
  ]
}
