import java.io.BufferedReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.en.EnglishAnalyzer;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.Term;
import org.apache.lucene.queries.mlt.MoreLikeThis;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.store.ByteBuffersDirectory;

/** Lucene's MoreLikeThis on lines of slug, title and body between tabs; prints a JSON object of milliseconds and megabytes. */
public class MoreLikeThisBench {
  public static void main(String[] args) throws Exception {
    Path articles = Path.of(args[0]);
    Path replacements = Path.of(args[1]);
    int queries = Integer.parseInt(args[2]);
    boolean tuned = args[3].equals("tuned");

    Analyzer analyzer = new EnglishAnalyzer();
    ByteBuffersDirectory directory = new ByteBuffersDirectory();
    IndexWriter writer = new IndexWriter(directory, new IndexWriterConfig(analyzer));
    int count = 0;
    long started = System.nanoTime();
    try (BufferedReader reader = Files.newBufferedReader(articles)) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        writer.addDocument(Articles.document(line.split("\t", -1)));
        count += 1;
      }
    }
    writer.forceMerge(1);
    writer.commit();
    double buildMs = (System.nanoTime() - started) / 1e6;

    DirectoryReader reader = DirectoryReader.open(directory);
    IndexSearcher searcher = new IndexSearcher(reader);
    MoreLikeThis similar = Articles.moreLikeThis(reader, analyzer, tuned);
    List<Double> times = new ArrayList<>();
    int warmUp = 500;
    for (int i = 0; i < queries + warmUp; i += 1) {
      int id = (int) (((long) i * 7919) % count);
      long start = System.nanoTime();
      searcher.search(similar.like(id), 6);
      if (i >= warmUp) times.add((System.nanoTime() - start) / 1e6);
    }
    Runtime runtime = Runtime.getRuntime();
    System.gc();
    double memoryMB = (runtime.totalMemory() - runtime.freeMemory()) / 1e6;

    List<Double> upserts = new ArrayList<>();
    for (String line : Files.readAllLines(replacements)) {
      String[] parts = line.split("\t", -1);
      long start = System.nanoTime();
      writer.updateDocument(new Term("slug", parts[0]), Articles.document(parts));
      // Seen by the next search, as ours is.
      DirectoryReader changed = DirectoryReader.openIfChanged(reader, writer);
      if (changed != null) {
        reader.close();
        reader = changed;
      }
      upserts.add((System.nanoTime() - start) / 1e6);
    }
    System.out.println(
        String.format(
            Locale.ROOT,
            "{\"buildMs\":%f,\"memoryMB\":%f,\"medianMs\":%f,\"p95Ms\":%f,\"upsertMs\":%f}",
            buildMs, memoryMB, quantile(times, 0.5), quantile(times, 0.95), quantile(upserts, 0.5)));
  }

  private static double quantile(List<Double> values, double share) {
    double[] sorted = values.stream().mapToDouble(Double::doubleValue).toArray();
    Arrays.sort(sorted);
    return sorted[Math.min(sorted.length - 1, (int) (sorted.length * share))];
  }
}
