package xf.shell;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.util.Enumeration;
import java.util.HashMap;
import java.util.Map;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.osgi.framework.Bundle;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.SAXException;
import xf.event.ErrorCode;
import xf.event.XfException;

/**
 * The ranges of a bundle's settings. The metatype service checks values against them but does not
 * tell them, so this reads the documents that it reads.
 */
final class Ranges {
  private final Map<String, String> byAttribute = new HashMap<>();

  Ranges(Bundle bundle) {
    Enumeration<URL> documents = bundle.findEntries("OSGI-INF/metatype", "*.xml", false);
    while (documents != null && documents.hasMoreElements()) {
      URL document = documents.nextElement();
      try (InputStream in = document.openStream()) {
        read(in);
      } catch (IOException | ParserConfigurationException | SAXException e) {
        throw new XfException(
            ErrorCode.BAD_FORMAT, "metatype document " + document + ": " + e.getMessage(), e);
      }
    }
  }

  private void read(InputStream in) throws IOException, ParserConfigurationException, SAXException {
    NodeList attributes =
        DocumentBuilderFactory.newDefaultInstance()
            .newDocumentBuilder()
            .parse(in)
            .getElementsByTagName("AD");
    for (int i = 0; i < attributes.getLength(); i++) {
      if (attributes.item(i) instanceof Element attribute) {
        String min = attribute.getAttribute("min");
        String max = attribute.getAttribute("max");
        if (!min.isEmpty() || !max.isEmpty()) {
          byAttribute.put(attribute.getAttribute("id"), min + " to " + max);
        }
      }
    }
  }

  /** Such as "0 to 600000", or empty. */
  String of(String attribute) {
    return byAttribute.getOrDefault(attribute, "");
  }
}
