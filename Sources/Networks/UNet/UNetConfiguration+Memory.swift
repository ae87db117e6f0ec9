extension UNetConfiguration {
  /// Memory that an evaluation takes beside the weights and what the threads work on, in bytes.
  ///
  /// The most is alive on the way out, in the first layer of a level, where the widest maps meet what the way in has left: the
  /// layer's input before and after it is joined with its twin's; in its residual block five maps of its own; behind that the
  /// tokens, before and after a norm, the feed-forward part of four times their width, and the sums around it.
  package func activationBytes(latentHeight: Int, latentWidth: Int, batch: Int) -> Int {
    Int((busiestChannels * Double(latentHeight * latentWidth)).rounded(.up)) * MemoryLayout<Float>.stride * batch
  }

  /// Channels alive for each latent where most are; those of a level count by its share of the places.
  private var busiestChannels: Double {
    func share(_ channels: Int, at level: Int) -> Double { Double(channels) / Double(1 << (2 * level)) }
    let levels = blockOutChannels.indices
    /// What the first convolution, or the halving before a level, leaves for the way out.
    func entry(_ level: Int) -> Double { share(blockOutChannels[max(0, level - 1)], at: level) }
    var skips = levels.reduce(0.0) {
      $0 + entry($1) + Double(layersPerBlock[$1]) * share(blockOutChannels[$1], at: $1)
    }
    var most = 0.0
    for (step, level) in levels.reversed().enumerated() {
      let channels = blockOutChannels[level]
      let inputs = step == 0 ? channels : blockOutChannels[level + 1]
      let own = upBlockTypes[step] == "CrossAttnUpBlock2D" ? 9 : 5
      most = max(most, skips - share(channels, at: level) + share(2 * inputs + channels + own * channels, at: level))
      skips -= entry(level) + Double(layersPerBlock[level]) * share(channels, at: level)
    }
    return most
  }
}
