/// What `limn` alone says: enough to begin with, on one screen.
enum Overview {
  static let text = """
    limn paints a picture from a prompt, on an ordinary CPU. Say what to paint:

      limn "a red fox in the snow"
      limn "a castle by the sea" --style cartoon --aspect 16:9 -o castle.png
      limn "a cat" --count 4 --preview     paints four, and draws them here too
      limn -i                              paints prompt after prompt

    More commands:

      limn styles, limn things             the looks and the things it was taught
      limn models                          the models that are here
      limn batch FILE                      paints a prompt a line
      limn history                         what was painted
      limn serve --open                    a studio in the browser
      limn doctor                          whether all is well here

    `limn --help` lists all commands, `limn generate --help` all flags.
    """
}
