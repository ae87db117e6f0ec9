import Testing

@testable import Families

/// Models of few steps, told by their names.
@Suite struct FewStepsTests {
  @Test func cardsAreFollowed() throws {
    let turbo = try #require(FewSteps(named: "stabilityai/sdxl-turbo"))
    #expect((turbo.steps, turbo.guidance) == (1, 0))
    #expect(turbo.sampler == .eulerAncestral && turbo.spacing == .trailing)
    let lightning = try #require(FewSteps(named: "sdxl_lightning_8step"))
    #expect((lightning.steps, lightning.sampler, lightning.spacing) == (8, .euler, .trailing))
    #expect(FewSteps(named: "JuggernautXL_Lightning")?.steps == 4)
    #expect(FewSteps(named: "Hyper-SDXL-1step-Unet")?.timesteps == [800])
    let hyper = try #require(FewSteps(named: "Hyper-SDXL-4steps"))
    #expect((hyper.steps, hyper.sampler, hyper.eta) == (4, .tcd, 1))
    #expect(FewSteps(named: "dmd2_sdxl_4step_unet")?.timesteps == [999, 749, 499, 249])
    #expect(FewSteps(named: "Hyper-SDXL-8steps-CFG")?.guidance == 5)
    let small = try #require(FewSteps(named: "IDKiro/sdxs-512-0.9"))
    #expect((small.steps, small.sampler, small.spacing) == (1, .euler, .trailing))
    let oldTurbo = try #require(FewSteps(named: "sd_turbo"))
    #expect((oldTurbo.steps, oldTurbo.sampler, oldTurbo.spacing) == (1, .euler, .trailing))
    #expect(FewSteps(named: "DreamShaperXL_Turbo_v2")?.guidance == 2)
  }

  @Test func othersAreLeftAlone() {
    for name in ["sd15", "hyperrealistic_v2", "turbografx", "dreamshaper_8", "sd_xl_base_1.0"] {
      #expect(FewSteps(named: name) == nil, "\(name)")
    }
  }
}
