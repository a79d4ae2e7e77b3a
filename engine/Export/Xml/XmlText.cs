using System.Text;
using System.Xml;
using System.Xml.Linq;
using MemoryWall.Core.Primitives;

namespace MemoryWall.Export.Xml;

/// <summary>Text and documents in XML.</summary>
internal static class XmlText
{
    /// <summary>The text without the characters that XML cannot contain, such as control characters and halves of surrogate pairs, and
    /// without those that steer what shows them. The writer escapes the others.</summary>
    public static string Clean(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var clean = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (i + 1 < text.Length && XmlConvert.IsXmlSurrogatePair(text[i + 1], text[i]))
                clean.Append(text[i]).Append(text[++i]);
            else
                clean.Append(XmlConvert.IsXmlChar(text[i]) && !IsSteering(text[i]) ? text[i] : '\uFFFD');
        }
        return clean.ToString();
    }

    private static bool IsSteering(char letter) => letter is not ('\n' or '\r' or '\t') && SafeText.IsUnsafe(letter);

    /// <summary>A document as UTF-8.</summary>
    public static Stream ToStream(XElement root)
    {
        var stream = new MemoryStream();
        using (var writer = XmlWriter.Create(stream, new XmlWriterSettings { Encoding = new UTF8Encoding(false), CloseOutput = false }))
            new XDocument(new XDeclaration("1.0", "UTF-8", "yes"), root).Save(writer);
        stream.Position = 0;
        return stream;
    }
}
