import java.io.Closeable;
import java.lang.reflect.Constructor;
import java.util.Collection;
import java.util.List;
import java.util.Map;

import org.elasticsearch.common.logging.LogConfigurator;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.env.Environment;
import org.elasticsearch.node.InternalSettingsPreparer;
import org.elasticsearch.node.MockNode;
import org.elasticsearch.transport.netty4.Netty4Plugin;

/** One node of a cluster on loopback, as a process of its own. Its settings are arguments: name=value. */
public final class ElasticsearchNode {
    public static void main(String[] arguments) throws Exception {
        LogConfigurator.configureESLogging();
        Settings.Builder settings = Settings.builder()
            .put("network.host", "127.0.0.1")
            .put("transport.type", "netty4")
            .put("http.type", "netty4");
        for (String argument : arguments) {
            String[] parts = argument.split("=", 2);
            settings.put(parts[0], parts[1]);
        }
        Settings all = settings.build();
        Environment environment =
            InternalSettingsPreparer.prepareEnvironment(all, Map.of(), null, () -> all.get("node.name"));
        // Its public constructors prepare an environment as tests need it, which does not run as root.
        Constructor<MockNode> constructor = MockNode.class.getDeclaredConstructor(
            Environment.class, Collection.class, boolean.class, Closeable.class);
        constructor.setAccessible(true);
        Closeable nothing = () -> {};
        MockNode node = constructor.newInstance(environment, List.of(Netty4Plugin.class), false, nothing);
        node.start();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            try {
                node.close();
            } catch (Exception error) {
                error.printStackTrace();
            }
        }));
        System.out.println("started");
        Thread.currentThread().join();
    }
}
