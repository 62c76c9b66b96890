/** A short article: a title and a body. */
export type Article = readonly [title: string, body: string];

/**
 * Six articles per language, two each about bread, bicycles and stars. The two share their subject's words in different
 * forms; the first ones of all pairs share the words and forms of their frame, and so do the second ones. An analyser
 * that does not know the language's words takes the frames for the subjects.
 */
export const ARTICLES: Readonly<Record<string, readonly (readonly [Article, Article])[]>> = {
  de: [
    [
      [
        'Von Broten',
        'Hier wird erklärt, wie man Brote backt: Die Teige werden geknetet, die Öfen geheizt.',
      ],
      [
        'Ein Brot',
        'Das Backen eines Brotes braucht einen gekneteten Teig und einen geheizten Ofen.',
      ],
    ],
    [
      [
        'Von Fahrrädern',
        'Hier wird erklärt, wie man Fahrräder pflegt: Die Ketten werden geölt, die Schläuche geflickt.',
      ],
      [
        'Ein Fahrrad',
        'Das Pflegen eines Fahrrads braucht eine geölte Kette und einen geflickten Schlauch.',
      ],
    ],
    [
      [
        'Von Sternen',
        'Hier wird erklärt, wie man Sterne beobachtet: Die Fernrohre werden gestellt, die Planeten gesucht.',
      ],
      [
        'Ein Stern',
        'Das Beobachten eines Sterns braucht ein gestelltes Fernrohr und einen gesuchten Planeten.',
      ],
    ],
  ],
  fi: [
    [
      [
        'Leipä pöydässä',
        'Tässä kerrotaan, miten leipä tehdään ruisjauhoista ja taikina kohotetaan uunissa.',
      ],
      ['Tuoretta leipää', 'Tarvitaan vain leipää, ruisjauhoja ja taikinaa; uunia ei saa unohtaa.'],
    ],
    [
      ['Pyörä pöydässä', 'Tässä kerrotaan, miten pyörä saa ketjun ja jarrut säädetään renkaissa.'],
      ['Vanhaa pyörää', 'Tarvitaan vain pyörää, ketjua ja jarrua; renkaita ei saa unohtaa.'],
    ],
    [
      [
        'Kaukoputki pöydässä',
        'Tässä kerrotaan, miten kuu löytyy kaukoputkessa ja tähtikuvio taivaalla.',
      ],
      [
        'Suurta kaukoputkea',
        'Tarvitaan vain kaukoputkea, kuuta ja tähtikuviota; taivasta ei saa unohtaa.',
      ],
    ],
  ],
  tr: [
    [
      [
        'Ekmekler',
        'Burada ekmeklerin nasıl pişirildiği anlatılıyor: hamurlar yoğrulur, fırınlar ısıtılır.',
      ],
      [
        'Ekmeğin sırrı',
        'Bunun için ekmek hamuru ile fırın gerekir; hamurun fırında pişmesi beklenir.',
      ],
    ],
    [
      [
        'Bisikletler',
        'Burada bisikletlerin nasıl onarıldığı anlatılıyor: zincirler yağlanır, lastikler şişirilir.',
      ],
      [
        'Bisikletin sırrı',
        'Bunun için bisiklet zinciri ile lastik gerekir; lastiğin zincirle uyumu beklenir.',
      ],
    ],
    [
      [
        'Yıldızlar',
        'Burada yıldızların nasıl izlendiği anlatılıyor: teleskoplar kurulur, gezegenler aranır.',
      ],
      [
        'Yıldızın sırrı',
        'Bunun için yıldız ile gezegen gerekir; gezegenin teleskopla görünmesi beklenir.',
      ],
    ],
  ],
  ru: [
    [
      ['О хлебах', 'Здесь рассказано, как пекут ржаные хлеба: тесто замешивают, печи разогревают.'],
      ['Ржаной хлеб', 'Для этого нужны хлеб с ржаным тестом и печка; печь должна быть горячей.'],
    ],
    [
      ['О велосипедах', 'Здесь рассказано, как чинят велосипеды: цепи смазывают, шины накачивают.'],
      ['Старый велосипед', 'Для этого нужны велосипед с цепью и шиной; цепь должна быть смазана.'],
    ],
    [
      ['О звёздах', 'Здесь рассказано, как видят звёзды: телескопы наводят, планеты находят.'],
      [
        'Далёкая звезда',
        'Для этого нужны звезда с планетой и телескоп; планета должна быть видна.',
      ],
    ],
  ],
  ar: [
    [
      ['الخبز في البيت', 'هنا نشرح كيف يصنع الخبز: يخلط الدقيق ويسخن الفرن.'],
      ['خُبْزٌ طَازَجٌ', 'نحتاج كل يوم إلى خبز ودقيق، ثم فرن يجب أن يكون جاهزا.'],
    ],
    [
      ['الدراجة في البيت', 'هنا نشرح كيف تصلح الدراجة: تزيت السلسلة وينفخ الإطار.'],
      ['دَرَّاجَةٌ قديمة', 'نحتاج كل يوم إلى دراجة وسلسلة، ثم إطار يجب أن يكون جاهزا.'],
    ],
    [
      ['الكوكب في البيت', 'هنا نشرح كيف ترصد النجوم: ينصب التلسكوب ويرى الكوكب.'],
      ['كَوْكَبٌ بعيد', 'نحتاج كل يوم إلى كوكب ونجوم، ثم تلسكوب يجب أن يكون جاهزا.'],
    ],
  ],
  zh: [
    [
      ['面包的做法', '这里介绍面包的做法：先揉面团，再预热烤箱。'],
      ['今天的面包', '把面团放进烤箱，面包很快就烤好了。'],
    ],
    [
      ['自行车的修法', '这里介绍自行车的修法：给链条上油，给轮胎打气。'],
      ['一辆旧自行车', '链条和轮胎坏了，自行车也能修好。'],
    ],
    [
      ['星星的找法', '这里介绍星星的找法：架好望远镜，寻找行星。'],
      ['夜空中的星星', '用望远镜能看到星星和行星。'],
    ],
  ],
  ja: [
    [
      ['パンの焼き方', 'ここではパンの焼き方を説明します。生地をこねて、オーブンを温めます。'],
      ['焼きたてのパン', '温めたオーブンに生地を入れると、パンができます。'],
    ],
    [
      [
        '自転車の直し方',
        'ここでは自転車の直し方を説明します。チェーンに油を差し、タイヤを替えます。',
      ],
      ['古い自転車', 'タイヤとチェーンを替えれば、自転車はまた走ります。'],
    ],
    [
      ['星の見方', 'ここでは星の見方を説明します。望遠鏡を組み立て、惑星を探します。'],
      ['夜空の星', '望遠鏡があれば、星も惑星も見えます。'],
    ],
  ],
  th: [
    [
      ['วิธีอบขนมปัง', 'ที่นี่เราจะอธิบายวิธีอบขนมปัง นวดแป้งแล้วอุ่นเตาอบ'],
      ['ขนมปังสดใหม่', 'ใส่แป้งลงในเตาอบแล้วขนมปังก็สุก'],
    ],
    [
      ['วิธีซ่อมจักรยาน', 'ที่นี่เราจะอธิบายวิธีซ่อมจักรยาน หยอดน้ำมันโซ่แล้วสูบลมยาง'],
      ['จักรยานเก่า', 'จักรยานที่โซ่และยางเสียก็ซ่อมได้'],
    ],
    [
      ['วิธีดูดาว', 'ที่นี่เราจะอธิบายวิธีดูดาว ตั้งกล้องโทรทรรศน์แล้วหาดาวเคราะห์'],
      ['ดาวบนท้องฟ้า', 'กล้องโทรทรรศน์ทำให้เห็นดาวและดาวเคราะห์'],
    ],
  ],
};
