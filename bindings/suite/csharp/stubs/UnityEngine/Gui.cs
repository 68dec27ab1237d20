namespace UnityEngine
{
    public enum EventType
    {
        MouseUp,
        Repaint,
        Layout,
    }

    public sealed class Event
    {
        public static Event current { get; internal set; }

        public EventType type { get; internal set; }
    }

    public class GUILayoutOption
    {
    }

    /// <summary>Its buttons are pressed by their text.</summary>
    public static class GUILayout
    {
        internal static string Pressed;

        public static bool Button(string text, params GUILayoutOption[] options)
        {
            return text == Pressed;
        }
    }
}
