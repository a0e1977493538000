//! What people write: words of eight languages, few of them common, most rare.
use crate::random::{Random, Zipf};

/// Different words of each language; beyond the listed ones they are compounds.
const VOCABULARY: usize = 20_000;

const ENGLISH: &str = "the and to of a in is it you that for on with are this not but have be at or as can if so we do from what all will just there like out up about get was when how they good time one would know people make think see now then here work day also back some want could please thanks new more look need help right over maybe really today tomorrow meeting garden coffee weather train river window music evening morning question answer picture friend market story mountain number letter kitchen paper winter summer problem idea button screen update server keyboard bicycle library";
const GERMAN: &str = "die der und ich das ist nicht es zu ein wir mit auf für an im so von auch sich wie noch aber wenn nur schon hat dann oder sind bei was heute morgen gut danke bitte haben können machen gehen sehen wissen Zeit Tag Frage Antwort Bild Garten Kaffee Wetter Zug Fluss Fenster Musik Abend Freund Markt Geschichte Berg Nummer Brief Küche Papier Winter Sommer Problem Idee Knopf Fahrrad Bücherei Straße Größe schön über möglich";
const FRENCH: &str = "le la de et les des un une est en que qui pour dans pas sur ce il je vous nous avec mais plus on au tout bien merci oui non aussi comme si être avoir faire voir aller temps jour question réponse image jardin café météo train rivière fenêtre musique soir matin ami marché histoire montagne numéro lettre cuisine papier hiver été problème idée bouton vélo bibliothèque demain aujourd’hui peut-être toujours déjà";
const RUSSIAN: &str = "и в не на я что он с это как по но они мы из у за так же от все бы для вы уже или если да нет спасибо пожалуйста сегодня завтра хорошо время день вопрос ответ картина сад кофе погода поезд река окно музыка вечер утро друг рынок история гора номер письмо кухня бумага зима лето задача мысль кнопка велосипед библиотека очень можно нужно думаю работа";
const ARABIC: &str = "في من على إلى أن هذا هذه ما لا مع كان هو هي عن كل نعم شكرا اليوم غدا جيد وقت يوم سؤال جواب صورة حديقة قهوة طقس قطار نهر نافذة موسيقى مساء صباح صديق سوق قصة جبل رقم رسالة مطبخ ورق شتاء صيف مشكلة فكرة زر دراجة مكتبة جدا ممكن عمل";
const CHINESE: &str = "我们 今天 明天 可以 没有 时间 问题 回答 图片 花园 咖啡 天气 火车 河流 窗户 音乐 晚上 早上 朋友 市场 故事 山 号码 信 厨房 纸 冬天 夏天 想法 按钮 自行车 图书馆 谢谢 请 好 是 的 了 在 不 也 很 都 就 会 要 看 说 工作 服务器";
const JAPANESE: &str = "今日 明日 です ます これ それ から まで とても 時間 質問 答え 写真 庭 コーヒー 天気 電車 川 窓 音楽 夜 朝 友達 市場 話 山 番号 手紙 台所 紙 冬 夏 問題 考え ボタン 自転車 図書館 ありがとう お願い 良い する 見る 行く 仕事 サーバー は が を に で";
const KOREAN: &str = "오늘 내일 그리고 하지만 시간 질문 대답 사진 정원 커피 날씨 기차 강 창문 음악 저녁 아침 친구 시장 이야기 산 번호 편지 부엌 종이 겨울 여름 문제 생각 단추 자전거 도서관 고마워요 좋아요 있어요 없어요 합니다 우리 정말 아마 지금 여기 일";

/// How often each is used, in percent.
const LANGUAGES: &[(&str, usize, bool)] = &[
    (ENGLISH, 45, true),
    (GERMAN, 12, true),
    (FRENCH, 10, true),
    (RUSSIAN, 9, true),
    (ARABIC, 6, true),
    (CHINESE, 8, false),
    (JAPANESE, 6, false),
    (KOREAN, 4, true),
];

struct Language {
    words: Vec<&'static str>,
    percent: usize,
    /// Whether there are spaces between words.
    is_spaced: bool,
}

/// A writer of texts.
pub struct Words {
    languages: Vec<Language>,
    ranks: Zipf,
}

impl Default for Words {
    fn default() -> Self {
        let language = |(words, percent, is_spaced): &(&'static str, usize, bool)| Language {
            words: words.split(' ').collect(),
            percent: *percent,
            is_spaced: *is_spaced,
        };
        Words { languages: LANGUAGES.iter().map(language).collect(), ranks: Zipf::new(VOCABULARY, 1.0) }
    }
}

impl Language {
    /// The word of a rank; the same rank is the same word.
    fn word(&self, rank: usize, out: &mut String) {
        let listed = self.words.len();
        out.push_str(self.words[rank % listed]);
        let mut rest = rank / listed;
        while rest > 0 {
            out.push_str(self.words[rest % listed]);
            rest /= listed;
        }
    }
}

impl Words {
    /// A text of about so many characters, in some language. Nothing in it needs escaping in JSON.
    pub fn text(&self, random: &mut Random, characters: usize) -> String {
        let mut at = random.below(100);
        let language = self.languages.iter().find(|language| {
            let is_it = at < language.percent;
            at = at.saturating_sub(language.percent);
            is_it
        });
        let language = language.unwrap_or(&self.languages[0]);
        let (mut text, mut length) = (String::new(), 0);
        while length < characters {
            let from = text.len();
            language.word(self.ranks.pick(random), &mut text);
            if language.is_spaced {
                text.push(' ');
            }
            length += text[from..].chars().count();
        }
        text.truncate(text.trim_end().len());
        text
    }

    /// A word of the first language by its rank: 0 is the most common.
    pub fn english(&self, rank: usize) -> String {
        let mut word = String::new();
        self.languages[0].word(rank, &mut word);
        word
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_have_about_the_length_that_was_asked_for() {
        let (words, mut random) = (Words::default(), Random::new(3));
        for wanted in [5, 60, 1_000] {
            let text = words.text(&mut random, wanted);
            let length = text.chars().count();
            assert!(length + 1 >= wanted && length < wanted + 60, "{wanted}: {text}");
            assert_eq!(serde_json::to_string(&text).unwrap(), format!("\"{text}\""));
        }
    }

    #[test]
    fn ranks_are_words() {
        let words = Words::default();
        let listed = ENGLISH.split(' ').count();
        assert_eq!((words.english(0), words.english(listed)), ("the".to_owned(), "theand".to_owned()));
        assert_eq!(LANGUAGES.iter().map(|language| language.1).sum::<usize>(), 100);
    }
}
