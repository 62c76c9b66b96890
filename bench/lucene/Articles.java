import java.io.IOException;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.FieldType;
import org.apache.lucene.document.StringField;
import org.apache.lucene.document.TextField;
import org.apache.lucene.index.IndexReader;
import org.apache.lucene.queries.mlt.MoreLikeThis;

/** How both programs index an article and ask for what is like it. */
final class Articles {
  private static final FieldType TEXT = new FieldType(TextField.TYPE_NOT_STORED);

  static {
    TEXT.setStoreTermVectors(true);
    TEXT.freeze();
  }

  private Articles() {}

  /** @param parts slug, title and body */
  static Document document(String[] parts) {
    Document document = new Document();
    document.add(new StringField("slug", parts[0], Field.Store.YES));
    document.add(new Field("title", parts[1], TEXT));
    document.add(new Field("body", parts[2], TEXT));
    return document;
  }

  /** MoreLikeThis as it comes, or with what its documentation advises for short texts. */
  static MoreLikeThis moreLikeThis(IndexReader reader, Analyzer analyzer, boolean tuned)
      throws IOException {
    MoreLikeThis similar = new MoreLikeThis(reader);
    similar.setAnalyzer(analyzer);
    similar.setFieldNames(new String[] {"title", "body"});
    if (tuned) {
      similar.setMinTermFreq(1);
      similar.setMinDocFreq(2);
      similar.setMaxQueryTerms(30);
      similar.setBoost(true);
    }
    return similar;
  }
}
