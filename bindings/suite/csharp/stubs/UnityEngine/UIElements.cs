using System;
using System.Collections.Generic;

namespace UnityEngine.UIElements
{
    public enum FlexDirection
    {
        Column,
        ColumnReverse,
        Row,
        RowReverse,
    }

    public struct StyleFloat
    {
        public static implicit operator StyleFloat(float v)
        {
            return new StyleFloat();
        }
    }

    public struct StyleLength
    {
        public static implicit operator StyleLength(float v)
        {
            return new StyleLength();
        }
    }

    public struct StyleEnum<T> where T : struct, IConvertible
    {
        public static implicit operator StyleEnum<T>(T v)
        {
            return new StyleEnum<T>();
        }
    }

    public interface IStyle
    {
        StyleEnum<FlexDirection> flexDirection { get; set; }
        StyleFloat flexGrow { get; set; }
        StyleLength width { get; set; }
    }

    /// <summary>An element holds others. What they look like is nobody's concern here.</summary>
    public class VisualElement
    {
        internal readonly List<VisualElement> Held = new List<VisualElement>();
        readonly IStyle looks = new Looks();

        sealed class Looks : IStyle
        {
            public StyleEnum<FlexDirection> flexDirection { get; set; }
            public StyleFloat flexGrow { get; set; }
            public StyleLength width { get; set; }
        }

        public IStyle style
        {
            get { return looks; }
        }

        public void Add(VisualElement child)
        {
            Held.Add(child);
        }

        public void Clear()
        {
            Held.Clear();
        }

        /// <summary>All elements of a kind, in the order in which they are seen.</summary>
        internal List<T> All<T>() where T : VisualElement
        {
            var found = new List<T>();
            foreach (var one in Held)
            {
                if (one is T) found.Add((T)one);
                found.AddRange(one.All<T>());
            }
            return found;
        }
    }

    public class Label : VisualElement
    {
        public Label(string text)
        {
            this.text = text;
        }

        public string text { get; set; }
    }

    public class Button : VisualElement
    {
        internal readonly Action Press;

        public Button(Action clickEvent)
        {
            Press = clickEvent;
        }

        public string text { get; set; }
    }

    public class TextField : VisualElement
    {
        public string value { get; set; } = "";
    }

    public class ScrollView : VisualElement
    {
        public void ScrollTo(VisualElement child)
        {
            if (!Held.Contains(child)) throw new ArgumentException("it is not in here");
        }
    }

    public sealed class UIDocument : MonoBehaviour
    {
        readonly VisualElement root = new VisualElement();

        public VisualElement rootVisualElement
        {
            get { return root; }
        }
    }
}
