import Testing

@testable import Server

@Suite struct FairOrderTests {
  private func job(
    _ id: String, _ person: String, _ number: Int64, pictures: Int = 1, seconds: Double = 2, model: String = "a"
  )
    -> FairOrder.Waiting
  {
    FairOrder.Waiting(
      id: id, person: person, number: number, pictures: pictures, seconds: seconds, model: model, weight: 1)
  }

  @Test func theOldestComesFirst() {
    let order = FairOrder()
    #expect(order.next([job("2", "ada", 2), job("1", "grace", 1)], model: "a") == "1")
    #expect(order.next([], model: "a") == nil)
  }

  @Test func whoHadLessComesFirst() {
    var order = FairOrder()
    order.spent(10, by: "ada", weight: 1)
    #expect(order.next([job("1", "ada", 1), job("2", "grace", 2)], model: "a") == "2")
  }

  @Test func whoeverComesLateHasNoClaimOnThePast() {
    var order = FairOrder()
    order.spent(100, by: "ada", weight: 1)
    order.arrived("grace", others: ["ada"])
    #expect(order.served["grace"] == 100)
  }

  @Test func aHundredPicturesOfOneDoNotHoldUpAnother() throws {
    let order = FairOrder()
    let forecasts = order.forecasts([job("1", "ada", 1, pictures: 100), job("2", "grace", 2)], busy: 0, workers: 1)
    #expect(try #require(forecasts["2"]).seconds == 4)
    #expect(try #require(forecasts["2"]).position == 2)
    #expect(try #require(forecasts["1"]).seconds == 202)
  }

  @Test func anotherModelWaitsALittle() {
    var order = FairOrder()
    order.switchSeconds = 5
    #expect(order.next([job("1", "ada", 1, model: "b"), job("2", "grace", 2, model: "a")], model: "a") == "2")
    order.spent(6, by: "grace", weight: 1)
    #expect(order.next([job("1", "ada", 1, model: "b"), job("2", "grace", 2, model: "a")], model: "a") == "1")
  }

  @Test func severalAtATimeAreQuicker() throws {
    let forecasts = FairOrder().forecasts([job("1", "ada", 1, pictures: 4)], busy: 2, workers: 2)
    #expect(try #require(forecasts["1"]).seconds == 5)
  }
}
