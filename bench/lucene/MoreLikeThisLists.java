import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.cjk.CJKAnalyzer;
import org.apache.lucene.analysis.de.GermanAnalyzer;
import org.apache.lucene.analysis.en.EnglishAnalyzer;
import org.apache.lucene.analysis.es.SpanishAnalyzer;
import org.apache.lucene.analysis.fr.FrenchAnalyzer;
import org.apache.lucene.analysis.pt.PortugueseAnalyzer;
import org.apache.lucene.analysis.standard.StandardAnalyzer;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.StoredFields;
import org.apache.lucene.queries.mlt.MoreLikeThis;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.store.ByteBuffersDirectory;

/**
 * Prints, for every line of slug, title and body, its slug, the milliseconds that its list took, and the slugs of what
 * Lucene finds alike, between tabs.
 */
public class MoreLikeThisLists {
  private static final Map<String, Analyzer> ANALYZERS = new HashMap<>();

  static {
    ANALYZERS.put("de", new GermanAnalyzer());
    ANALYZERS.put("en", new EnglishAnalyzer());
    ANALYZERS.put("es", new SpanishAnalyzer());
    ANALYZERS.put("fr", new FrenchAnalyzer());
    ANALYZERS.put("ja", new CJKAnalyzer());
    ANALYZERS.put("pt", new PortugueseAnalyzer());
  }

  public static void main(String[] args) throws Exception {
    List<String> lines = Files.readAllLines(Path.of(args[0]));
    Analyzer analyzer = ANALYZERS.getOrDefault(args[1], new StandardAnalyzer());
    int limit = Integer.parseInt(args[2]);
    boolean tuned = args[3].equals("tuned");

    ByteBuffersDirectory directory = new ByteBuffersDirectory();
    IndexWriter writer = new IndexWriter(directory, new IndexWriterConfig(analyzer));
    for (String line : lines) writer.addDocument(Articles.document(line.split("\t", -1)));
    writer.forceMerge(1);
    writer.commit();

    DirectoryReader reader = DirectoryReader.open(directory);
    IndexSearcher searcher = new IndexSearcher(reader);
    StoredFields stored = searcher.storedFields();
    MoreLikeThis similar = Articles.moreLikeThis(reader, analyzer, tuned);
    StringBuilder out = new StringBuilder();
    for (int id = 0; id < Math.min(lines.size(), 2000); id += 1) {
      searcher.search(similar.like(id), limit + 1);
    }
    for (int id = 0; id < lines.size(); id += 1) {
      long started = System.nanoTime();
      ScoreDoc[] alike = searcher.search(similar.like(id), limit + 1).scoreDocs;
      double ms = (System.nanoTime() - started) / 1e6;
      out.append(stored.document(id).get("slug")).append('\t').append(ms);
      for (ScoreDoc found : alike) {
        if (found.doc != id) out.append('\t').append(stored.document(found.doc).get("slug"));
      }
      out.append('\n');
    }
    System.out.print(out);
  }
}
