/// Whether a prompt is written in English, told by its letters and by small words of other languages.
enum Language {
  /// Common words of German, French, Spanish, Italian, Portuguese, Dutch, Swedish and Polish that are none in English.
  private static let foreign: Set<Substring> = Set(
    """
    ein eine einen einem einer der das und mit auf im dem den ist nicht von zu für bei aus unter über roter rote rotes rot blau blaue grün gelb schwarz weiß \
    katze hund haus baum blume vogel pferd apfel sonne mond \
    un une le la les des du dans sur avec et est au aux rouge bleu bleue vert noir noire jaune maison chat chien fleur arbre soleil lune oiseau pomme cheval \
    el los las una uno del con en y por para es rojo roja azul verde negro negra blanco blanca amarillo gato gata perro casa árbol flor sol luna pájaro manzana caballo \
    il lo gli di che nel della sulla rosso rossa nero nera bianco bianca gatto cane fiore albero sole uccello mela cavallo \
    um uma os da na com vermelho vermelha preto preta cachorro árvore maçã pássaro \
    een het de met op van rode zwarte hond huis boom bloem vogel appel paard zon maan kat \
    ett och på röd röda hus träd katt blomma fågel äpple häst \
    kot pies dom drzewo kwiat ptak jabłko czerwony czarny
    """.split(whereSeparator: \.isWhitespace))

  /// - Parameters:
  ///   - words: In lower case.
  ///   - isKnown: Whether the model knows a word: "la" alone proves nothing beside words that it knows.
  static func isEnglish(_ words: [Substring], isKnown: (String) -> Bool) -> Bool {
    let letters = words.joined().unicodeScalars.filter(\.properties.isAlphabetic)
    // Latin letters with their accents end at U+024F.
    if letters.contains(where: { $0.value > 0x24F }) { return false }
    let strange = words.count { foreign.contains($0) && !isKnown(String($0)) }
    return strange == 0 || 2 * strange < words.count
  }
}
