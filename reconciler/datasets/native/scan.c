/* One pass over whole lines of a supervised tuning file, as fast as memory allows.
 *
 * It vouches for an example only if it is beyond doubt: text in turns that alternate and end with the model,
 * perhaps a system instruction, and nothing else. At the first line about which the rules might have something
 * to say it stops and says where; the exact way in Python looks at that line. So nothing here reports anything,
 * and a check left out here is a line passed on there. tests/datasets/test_passes.py holds the two together.
 *
 * Plain C11 without Python's headers, called through ctypes (which lets go of the interpreter meanwhile): one
 * build serves every Python version.
 */

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))
#define LIKELY(x) __builtin_expect(!!(x), 1)

#ifndef TUNEFORM_SOURCE
#define TUNEFORM_SOURCE ""
#endif

enum { LABEL_CHARACTERS = 64, LONGEST_CHARACTER = 4 };

/* The checksum of this file when it was compiled. */
EXPORT const char *tuneform_source(void) { return TUNEFORM_SOURCE; }

/* ---- hashes ---------------------------------------------------------------------------------------------- */

static inline uint64_t load(const uint8_t *at) {
    uint64_t word;
    memcpy(&word, at, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word;
}

static inline uint64_t folded(uint64_t a, uint64_t b) {
    __uint128_t product = (__uint128_t)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline uint64_t last_word(const uint8_t *at, size_t size) {
    uint64_t word = 0;
    for (size_t i = 0; i < size; i++) word |= (uint64_t)at[i] << (8 * i);
    return word;
}

#define K0 0x9E3779B97F4A7C15ULL
#define K1 0xD1B54A32D192ED03ULL
#define K2 0x8CB92BA72F3D8DD7ULL

/* 64 bits of a text behind `before`, by multiplying and folding sixteen bytes at a time; never 0. */
EXPORT uint64_t tuneform_hash(const uint8_t *text, size_t size, uint64_t before) {
    uint64_t hash = folded(before ^ K0, (uint64_t)size ^ K1);
    size_t left = size;
    for (; left >= 16; left -= 16, text += 16) hash = folded(load(text) ^ K1 ^ hash, load(text + 8) ^ K2);
    if (left >= 8) {
        hash = folded(load(text) ^ K1 ^ hash, last_word(text + 8, left - 8) ^ K2);
    } else if (left) {
        hash = folded(last_word(text, left) ^ K1 ^ hash, K2);
    }
    hash = folded(hash ^ K2, K0);
    return hash ? hash : 1;
}

/* ---- characters ------------------------------------------------------------------------------------------ */

#define EACH 0x0101010101010101ULL
#define TOPS 0x8080808080808080ULL

/* A bit in the top of each byte that ends or interrupts plain text: quotes, backslashes, control characters and
 * everything beyond ASCII. Of a word with several the lowest is exact, which is all that is asked. */
static inline uint64_t interruptions(uint64_t word) {
    uint64_t quote = word ^ (EACH * '"'), slash = word ^ (EACH * '\\');
    return (((quote - EACH) & ~quote) | ((slash - EACH) & ~slash) | ((word - EACH * 0x20) & ~word) | word) & TOPS;
}

static inline int is_rest(uint8_t byte) { return (byte & 0xC0) == 0x80; }

/* The bytes of one character beyond ASCII in good UTF-8, and its code point; 0 for anything else. What is behind
 * `at` may be read up to the end of the line, whose LF is no byte of a character. */
static size_t character(const uint8_t *at, uint32_t *code) {
    uint8_t first = at[0];
    if (first < 0xC2) return 0;
    if (first < 0xE0) {
        if (!is_rest(at[1])) return 0;
        *code = (uint32_t)(first & 0x1F) << 6 | (at[1] & 0x3F);
        return 2;
    }
    if (first < 0xF0) {
        if (!is_rest(at[1]) || !is_rest(at[2])) return 0;
        *code = (uint32_t)(first & 0x0F) << 12 | (uint32_t)(at[1] & 0x3F) << 6 | (at[2] & 0x3F);
        return *code < 0x800 || (*code >= 0xD800 && *code < 0xE000) ? 0 : 3;
    }
    if (first > 0xF4 || !is_rest(at[1]) || !is_rest(at[2]) || !is_rest(at[3])) return 0;
    *code = (uint32_t)(first & 0x07) << 18 | (uint32_t)(at[1] & 0x3F) << 12 | (uint32_t)(at[2] & 0x3F) << 6 |
            (at[3] & 0x3F);
    return *code < 0x10000 || *code > 0x10FFFF ? 0 : 4;
}

/* NUL, and what ends a line for some readers: the rules have something to say about them. */
static inline int is_invisible(uint32_t code) {
    return code == 0 || code == 0x85 || code == 0x2028 || code == 0x2029;
}

/* As Python's str.isspace has it. */
static int is_space(uint32_t code) {
    if (code < 0x80) return (code >= 0x09 && code <= 0x0D) || (code >= 0x1C && code <= 0x20);
    return code == 0x85 || code == 0xA0 || code == 0x1680 || (code >= 0x2000 && code <= 0x200A) || code == 0x2028 ||
           code == 0x2029 || code == 0x202F || code == 0x205F || code == 0x3000;
}

static size_t encode(uint32_t code, uint8_t *to) {
    if (code < 0x80) {
        to[0] = (uint8_t)code;
        return 1;
    }
    if (code < 0x800) {
        to[0] = (uint8_t)(0xC0 | code >> 6);
        to[1] = (uint8_t)(0x80 | (code & 0x3F));
        return 2;
    }
    if (code < 0x10000) {
        to[0] = (uint8_t)(0xE0 | code >> 12);
        to[1] = (uint8_t)(0x80 | (code >> 6 & 0x3F));
        to[2] = (uint8_t)(0x80 | (code & 0x3F));
        return 3;
    }
    to[0] = (uint8_t)(0xF0 | code >> 18);
    to[1] = (uint8_t)(0x80 | (code >> 12 & 0x3F));
    to[2] = (uint8_t)(0x80 | (code >> 6 & 0x3F));
    to[3] = (uint8_t)(0x80 | (code & 0x3F));
    return 4;
}

/* Four hexadecimal digits, or -1. */
static int32_t four_digits(const uint8_t *at) {
    int32_t code = 0;
    for (int i = 0; i < 4; i++) {
        uint8_t digit = at[i];
        if (digit >= '0' && digit <= '9') digit -= '0';
        else if ((digit | 0x20) >= 'a' && (digit | 0x20) <= 'f') digit = (digit | 0x20) - 'a' + 10;
        else return -1;
        code = code << 4 | digit;
    }
    return code;
}

/* ---- texts ----------------------------------------------------------------------------------------------- */

/* A text as it is meant, in UTF-8, and as it is written, between its quotes. */
typedef struct {
    const uint8_t *bytes;
    size_t size;
    const uint8_t *written;
    size_t written_size;
} Text;

/* Everything here reads up to the LF that every line ends with and never behind it: LF is good nowhere else. */
typedef struct {
    const uint8_t *at;
    const uint8_t *end; /* of all lines: words of eight bytes are not read across it */
    uint8_t *scratch;   /* room for any text of a line without its escapes */
    int watches;        /* whether texts that may hold a secret or personal data are in doubt */
    int lets_refuse;    /* whether answers that may refuse are not: the caller looks at them */
} Reader;

/* Past the plain characters at `at`. */
static inline const uint8_t *plain(const uint8_t *at, const uint8_t *end) {
    while (LIKELY(end - at >= 8)) {
        uint64_t found = interruptions(load(at));
        if (found) return at + (__builtin_ctzll(found) >> 3);
        at += 8;
    }
    while (*at >= 0x20 && *at < 0x80 && *at != '"' && *at != '\\') at++;
    return at;
}

/* The character that an escape stands for; `*at` moves from its backslash behind it. -1 where it is in doubt. */
static int32_t escaped(const uint8_t **at) {
    const uint8_t *here = *at + 1;
    int32_t code, low;
    switch (*here) {
        case '"': case '\\': case '/': code = *here; break;
        case 'b': code = '\b'; break;
        case 'f': code = '\f'; break;
        case 'n': code = '\n'; break;
        case 'r': code = '\r'; break;
        case 't': code = '\t'; break;
        case 'u':
            code = four_digits(here + 1);
            if (code < 0 || (code >= 0xDC00 && code < 0xE000)) return -1;
            here += 4;
            if (code >= 0xD800 && code < 0xDC00) {
                if (here[1] != '\\' || here[2] != 'u') return -1;
                low = four_digits(here + 3);
                if (low < 0xDC00 || low >= 0xE000) return -1;
                code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
                here += 6;
            }
            break;
        default: return -1;
    }
    *at = here + 1;
    return is_invisible((uint32_t)code) ? -1 : code;
}

/* Past one character beyond ASCII at `*at`; 0 where it is in doubt. */
static inline size_t beyond_ascii(const uint8_t **at) {
    uint32_t code = 0;
    size_t size = character(*at, &code);
    if (!size || is_invisible(code)) return 0;
    *at += size;
    return size;
}

/* The rest of a text from its first escape on, written out. */
static int unescaped(Reader *reader, const uint8_t *from, const uint8_t *at, Text *text) {
    uint8_t *to = reader->scratch;
    memcpy(to, from, (size_t)(at - from));
    to += at - from;
    for (;;) {
        const uint8_t *stretch = at;
        at = plain(at, reader->end);
        while (*at >= 0x80)
            if (!beyond_ascii(&at)) return 0;
        memcpy(to, stretch, (size_t)(at - stretch));
        to += at - stretch;
        if (*at == '"') break;
        if (*at == '\\') {
            int32_t code = escaped(&at);
            if (code < 0) return 0;
            to += encode((uint32_t)code, to);
        } else if (*at < 0x20) {
            return 0;
        }
    }
    *text = (Text){reader->scratch, (size_t)(to - reader->scratch), from, (size_t)(at - from)};
    reader->at = at + 1;
    return 1;
}

/* A text in its quotes; 0 where it is in doubt. */
static int read_text(Reader *reader, Text *text) {
    const uint8_t *from = reader->at + 1, *at = from;
    if (*reader->at != '"') return 0;
    for (;;) {
        at = plain(at, reader->end);
        while (*at >= 0x80)
            if (!beyond_ascii(&at)) return 0;
        if (*at == '"') break;
        if (*at == '\\') return unescaped(reader, from, at, text);
        if (*at < 0x20) return 0;
    }
    *text = (Text){from, (size_t)(at - from), from, (size_t)(at - from)};
    reader->at = at + 1;
    return 1;
}

static int is_blank(const Text *text) {
    const uint8_t *at = text->bytes, *end = at + text->size;
    while (at < end) {
        uint32_t code = *at;
        size_t size = code < 0x80 ? 1 : character(at, &code);
        if (!is_space(code)) return 0;
        at += size;
    }
    return 1;
}

static int is_label(const Text *text) {
    if (text->size > LABEL_CHARACTERS * LONGEST_CHARACTER) return 0;
    size_t characters = 0;
    for (size_t i = 0; i < text->size; i++) characters += !is_rest(text->bytes[i]);
    return characters <= LABEL_CHARACTERS;
}

static inline int is_digit(uint8_t byte) { return byte >= '0' && byte <= '9'; }
static inline int is_capital(uint8_t byte) { return byte >= 'A' && byte <= 'Z'; }

/* Bytes that are rare in prose and without which none of the patterns in reconciler/datasets/patterns.py matches. */
static const uint8_t TELLING[256] = {
    ['0'] = 1, ['1'] = 1, ['2'] = 1, ['3'] = 1, ['4'] = 1, ['5'] = 1, ['6'] = 1, ['7'] = 1, ['8'] = 1, ['9'] = 1,
    ['@'] = 1, ['+'] = 1, ['-'] = 1, ['_'] = 1, ['A'] = 1, ['J'] = 1,
};

/* Whether these bytes stand before `at`, of which there are `before`. */
#define BEHIND(word) (before >= sizeof(word) - 1 && !memcmp(at - (sizeof(word) - 1), word, sizeof(word) - 1))
#define AHEAD(word) (left >= sizeof(word) - 1 && !memcmp(at, word, sizeof(word) - 1))

/* Whether the byte at `at` may be in a secret: each kind is told by its beginning, from the byte that is the rarest. */
static int is_in_secret(const uint8_t *at, size_t before, size_t left) {
    switch (*at) {
        case '+': return 0;
        case '-': return BEHIND("sk") || (before >= 4 && !memcmp(at - 4, "xox", 3)) || AHEAD("-----BEGIN");
        case '_': return (before >= 3 && at[-3] == 'g' && at[-2] == 'h') || BEHIND("github");
        case 'A': return AHEAD("AIza") || AHEAD("AKIA") || AHEAD("ASIA");
        case 'J': return BEHIND("ey");
        default: return BEHIND("ya2");
    }
}

enum { FEWEST_DIGITS = 9 };

/* Whether the patterns of secrets and personal data may have something to say: what they all need is here. */
static int is_watched(const Text *text) {
    const uint8_t *at = text->bytes;
    size_t digits = 0, behind = 0; /* of a number in groups, and the index behind its last digit */
    for (size_t i = 0; i < text->size; i++) {
        uint8_t byte = at[i];
        if (LIKELY(!TELLING[byte])) continue;
        if (byte == '@' || is_in_secret(at + i, i, text->size - i)) return 1;
        if (byte == '+' && i + 1 < text->size && is_digit(at[i + 1])) return 1; /* telephone */
        if (is_digit(byte)) {
            int goes_on = i == behind || (i == behind + 1 && (at[behind] == ' ' || at[behind] == '-'));
            digits = goes_on ? digits + 1 : 1;
            behind = i + 1;
            if (digits >= FEWEST_DIGITS) return 1; /* card, social security number */
            if (i >= 3 && is_digit(at[i - 1]) && is_capital(at[i - 2]) && is_capital(at[i - 3])) return 1; /* IBAN */
        }
    }
    return 0;
}

/* How answers begin that refuse, in small letters: HEADS in reconciler/datasets/refusals.py, where the pattern is. */
static const char *const REFUSING[] = {
    "sorry", "really sorry", "very sorry", "so sorry", "truly sorry", "unable", "not able",
};
static const char *const WHO[] = {"i'm ", "i\xE2\x80\x99m ", "im ", "i am "};
static const char *const HEADS[] = {
    "sorry", "i apolog", "my apolog", "unfortunately", "i can't", "i can\xE2\x80\x99t", "i cant", "i cannot",
    "i can not", "i won't", "i won\xE2\x80\x99t", "i will not", "i must decline", "as an ai", "as an artificial",
    "as a language", "as a large language",
};

#define COUNT(list) (sizeof(list) / sizeof *(list))

/* The bytes of `head` that `at` begins with, whatever its case: all of them, or 0. */
static size_t begins(const uint8_t *at, const uint8_t *end, const char *head) {
    size_t size = 0;
    for (; head[size]; size++) {
        if (at + size == end) return 0;
        uint8_t byte = at[size];
        if (is_capital(byte)) byte |= 0x20;
        if (byte != (uint8_t)head[size]) return 0;
    }
    return size;
}

/* Whether an answer begins like a refusal: few do, and the rules look at those. */
static int may_refuse(const Text *answer) {
    const uint8_t *at = answer->bytes, *end = at + answer->size;
    while (at < end && (*at == ' ' || (*at >= 0x09 && *at <= 0x0D))) at++;
    if (at == end || !strchr("iIsSmMuUaA", *at)) return 0;
    for (size_t i = 0; i < COUNT(HEADS); i++)
        if (begins(at, end, HEADS[i])) return 1;
    for (size_t i = 0; i < COUNT(WHO); i++) {
        size_t size = begins(at, end, WHO[i]);
        for (size_t j = 0; size && j < COUNT(REFUSING); j++)
            if (begins(at + size, end, REFUSING[j])) return 1;
    }
    return 0;
}

/* ---- examples -------------------------------------------------------------------------------------------- */

static inline void skip_space(Reader *reader) {
    while (*reader->at == ' ' || *reader->at == '\t' || *reader->at == '\r') reader->at++;
}

static inline int takes(Reader *reader, char wanted) {
    skip_space(reader);
    if (*reader->at != (uint8_t)wanted) return 0;
    reader->at++;
    return 1;
}

/* Whether these very bytes come next, as a key or value of a closed list does. Compared one by one: a line may end
 * before they do. */
static inline int takes_word(Reader *reader, const char *wanted, size_t size) {
    skip_space(reader);
    for (size_t i = 0; i < size; i++)
        if (reader->at[i] != (uint8_t)wanted[i]) return 0;
    reader->at += size;
    return 1;
}

#define TAKES(reader, word) takes_word(reader, word, sizeof(word) - 1)

/* [{"text": "…"}] */
static int read_parts(Reader *reader, Text *text) {
    if (!takes(reader, '[') || !takes(reader, '{') || !TAKES(reader, "\"text\"") || !takes(reader, ':')) return 0;
    skip_space(reader);
    return read_text(reader, text) && takes(reader, '}') && takes(reader, ']') && !is_blank(text);
}

enum { ANY_ROLE = -1, USER = 0, MODEL = 1 };

/* Of a system instruction the role may be any text. Only the usual ones are vouched for: another one may need the
 * room for a text without its escapes, or hold what the rules look for in every text. */
static int read_role(Reader *reader, int role) {
    if (role != MODEL && TAKES(reader, "\"user\"")) return 1;
    if (role != USER && TAKES(reader, "\"model\"")) return 1;
    return role == ANY_ROLE && TAKES(reader, "\"system\"");
}

/* A turn of that role with one text, its fields in either order. */
static int read_turn(Reader *reader, int role, Text *text) {
    int has_role = 0, has_parts = 0;
    if (!takes(reader, '{')) return 0;
    do {
        if (!has_role && TAKES(reader, "\"role\"")) {
            has_role = takes(reader, ':') && read_role(reader, role);
            if (!has_role) return 0;
        } else if (!has_parts && TAKES(reader, "\"parts\"")) {
            has_parts = takes(reader, ':') && read_parts(reader, text);
            if (!has_parts) return 0;
        } else {
            return 0;
        }
    } while (takes(reader, ','));
    if (!has_parts || !(has_role || role == ANY_ROLE) || !takes(reader, '}')) return 0;
    return !reader->watches || !is_watched(text);
}

/* The measures of one example. */
typedef struct {
    uint64_t sizes[2]; /* bytes of text of the user with the system, and of the model */
    uint64_t prompt, whole;
    uint64_t turns;
    int has_system;
    const uint8_t *answer;
    int64_t answer_size; /* -1 for one that is too long for the name of a class */
} Example;

static int read_contents(Reader *reader, Example *example, uint64_t seed) {
    uint64_t turns = 0;
    Text text = {0};
    if (!takes(reader, '[')) return 0;
    example->whole = seed;
    do {
        int role = turns & 1 ? MODEL : USER;
        if (!read_turn(reader, role, &text)) return 0;
        example->sizes[role] += text.size;
        example->prompt = example->whole;
        example->whole = tuneform_hash(text.bytes, text.size, example->whole);
        turns++;
    } while (takes(reader, ','));
    if (turns & 1 || (!reader->lets_refuse && may_refuse(&text)) || !takes(reader, ']')) return 0;
    example->turns = turns;
    example->answer = text.written;
    example->answer_size = is_label(&text) ? (int64_t)text.written_size : -1;
    return 1;
}

/* Up to and with its LF; 0 where it is in doubt. `seed` keys the hashes. */
static int read_example(Reader *reader, Example *example, uint64_t seed) {
    uint64_t system = 0;
    *example = (Example){0};
    if (*reader->at++ != '{') return 0;
    do {
        Text text;
        if (!example->turns && TAKES(reader, "\"contents\"")) {
            if (!takes(reader, ':') || !read_contents(reader, example, seed)) return 0;
        } else if (!example->has_system && TAKES(reader, "\"systemInstruction\"")) {
            if (!takes(reader, ':') || !read_turn(reader, ANY_ROLE, &text)) return 0;
            example->has_system = 1;
            example->sizes[USER] += text.size;
            system = tuneform_hash(text.bytes, text.size, seed);
        } else {
            return 0;
        }
    } while (takes(reader, ','));
    if (!example->turns || !takes(reader, '}') || !takes(reader, '\n')) return 0;
    if (example->has_system) {
        example->prompt = tuneform_hash((const uint8_t *)&system, sizeof system, example->prompt);
        example->whole = tuneform_hash((const uint8_t *)&system, sizeof system, example->whole);
    }
    return 1;
}

/* ---- blocks ---------------------------------------------------------------------------------------------- */

/* Sizes are counted as reconciler/datasets/sizes.py says: small ones exactly, larger ones by their first bits. */
enum { EXACT_BITS = 12, FIRST_BITS = 7, STEPS = 1 << (FIRST_BITS - 1) };

static inline uint64_t class_of(uint64_t size) {
    if (size < 1u << EXACT_BITS) return size;
    unsigned shift = (unsigned)(64 - __builtin_clzll(size)) - FIRST_BITS;
    unsigned octave = shift - (EXACT_BITS + 1 - FIRST_BITS);
    return (1u << EXACT_BITS) + (uint64_t)octave * STEPS + (size >> shift) - STEPS;
}

/* Sums over the examples that were vouched for, and where the first one stands that was not. */
typedef struct {
    int64_t stop, examples, input_bytes, output_bytes, turns, multi_turn, with_system, largest;
} Sums;

/* One entry an example: bytes of text, hashes, and the answer as it is written, from its index in the block; and
 * how many examples there are of each class of sizes. */
typedef struct {
    int64_t *inputs, *outputs, *prompts, *wholes, *answers, *answer_sizes;
    int64_t *input_classes, *output_classes;
} Entries;

static void add(const Example *example, const uint8_t *block, Sums *sums, const Entries *to) {
    int64_t at = sums->examples++;
    int64_t input = (int64_t)example->sizes[USER], output = (int64_t)example->sizes[MODEL];
    to->inputs[at] = input;
    to->outputs[at] = output;
    to->prompts[at] = (int64_t)example->prompt;
    to->wholes[at] = (int64_t)example->whole;
    to->answers[at] = example->answer - block;
    to->answer_sizes[at] = example->answer_size;
    to->input_classes[class_of(example->sizes[USER])]++;
    to->output_classes[class_of(example->sizes[MODEL])]++;
    sums->input_bytes += input;
    sums->output_bytes += output;
    sums->turns += (int64_t)example->turns;
    sums->multi_turn += example->turns > 2;
    sums->with_system += example->has_system;
    if (input + output > sums->largest) sums->largest = input + output;
}

/* Measure the lines of block[start:stop], which ends with LF, up to the first in doubt or `room` of them.
 *
 * Examples of more than `most_bytes` of text are in doubt: they may be over the limit of tokens. With `watches` so are
 * those that may hold a secret or personal data; `watches` is 2 more where answers that may refuse are in none.
 * `scratch` has at least stop - start bytes.
 */
EXPORT void tuneform_scan(const uint8_t *block, int64_t start, int64_t stop, int64_t most_bytes, int64_t watches,
                          uint64_t seed, int64_t room, uint8_t *scratch, const Entries *entries, Sums *sums) {
    Reader reader = {block + start, block + stop, scratch, (watches & 1) != 0, (watches & 2) != 0};
    *sums = (Sums){.stop = start};
    while (sums->stop < stop && sums->examples < room) {
        Example example;
        reader.at = block + sums->stop;
        if (!read_example(&reader, &example, seed)) return;
        if ((int64_t)(example.sizes[USER] + example.sizes[MODEL]) > most_bytes) return;
        add(&example, block, sums, entries);
        sums->stop = reader.at - block;
    }
}

/* ---- columns --------------------------------------------------------------------------------------------- */

/* Copy hashes in groups of equal low bits, each in its old order; `sizes` has an entry for each group. */
EXPORT void tuneform_group(const int64_t *hashes, int64_t count, int64_t groups, int64_t *to, int64_t *sizes,
                           int64_t *places) {
    int64_t place = 0;
    memset(sizes, 0, (size_t)groups * sizeof *sizes);
    for (int64_t i = 0; i < count; i++) sizes[hashes[i] & (groups - 1)]++;
    for (int64_t group = 0; group < groups; place += sizes[group++]) places[group] = place;
    for (int64_t i = 0; i < count; i++) to[places[hashes[i] & (groups - 1)]++] = hashes[i];
}
